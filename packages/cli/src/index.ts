/** The qseccomp command: run any program in the sandbox, see what a policy does. @module */
export {};
