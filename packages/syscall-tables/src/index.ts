/** Linux system call tables of every architecture: number to name and back, one architecture at a time. @module */
export {};
