/** Install a seccomp filter in a Node process, or launch any program under one. @module */
export {};
