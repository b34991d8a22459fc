/** QEMU's option grammar (QemuOpts) and its -sandbox option as data. @module */
export {};
