/** Classic BPF for seccomp: encode, check, run, list and compile filters, in pure TypeScript. @module */
export {};
