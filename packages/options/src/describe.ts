/**
 * What the denied system calls do, in a few words each. Kept apart: only those who explain a policy need it.
 * @module
 */

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  // default
  reboot: 'restarts or halts the machine, or loads another kernel',
  swapon: 'starts swapping to a file or device',
  swapoff: 'stops swapping to a file or device',
  syslog: "reads and clears the kernel's log",
  mount: 'attaches a file system',
  umount: 'detaches a file system',
  kexec_load: 'loads a kernel to be started in place of this one',
  afs_syscall: 'a number reserved for the AFS file system; never a call of Linux',
  break: 'a number kept from Version 7 Unix; never a call of Linux',
  ftime: 'gave the time in Version 7 Unix; never a call of Linux',
  getpmsg: 'receives a STREAMS message; never a call of Linux',
  gtty: 'read terminal settings in Version 7 Unix; never a call of Linux',
  lock: 'kept memory resident in Version 7 Unix; never a call of Linux',
  mpx: 'made multiplexed files in Version 7 Unix; never a call of Linux',
  prof: 'a number kept for profiling; never a call of Linux',
  profil: 'samples the program counter; never a call of Linux',
  putpmsg: 'sends a STREAMS message; never a call of Linux',
  security: 'a number reserved for security modules; never a call of Linux',
  stty: 'set terminal modes in Version 7 Unix; never a call of Linux',
  tuxcall: 'a number reserved for the TUX web server; never a call of Linux',
  ulimit: 'set a resource limit in System V; never a call of Linux',
  vserver: 'a number reserved for Linux-VServer; never a call of Linux',
  // obsolete
  readdir: 'reads one directory entry; getdents replaced it',
  _sysctl: 'reads and writes kernel parameters; /proc/sys replaced it',
  bdflush: 'tuned the writing back of buffers',
  create_module: 'reserved memory for a kernel module',
  get_kernel_syms: "listed the kernel's exported symbols",
  query_module: 'asked about loaded kernel modules',
  sgetmask: 'reads the mask of the first signals; sigprocmask replaced it',
  ssetmask: 'sets the mask of the first signals; sigprocmask replaced it',
  sysfs: 'translates between names and numbers of file system types',
  uselib: 'maps a shared library of the a.out days',
  ustat: 'reports free space of a device; statfs replaced it',
  // privileged
  setuid: 'sets the user that the process acts as',
  setgid: 'sets the group that the process acts as',
  setpgid: 'moves a process to a process group',
  setsid: 'starts a session without a terminal',
  setreuid: 'sets real and effective user',
  setregid: 'sets real and effective group',
  setresuid: 'sets real, effective and saved user',
  setresgid: 'sets real, effective and saved group',
  setfsuid: 'sets the user that file accesses are checked against',
  setfsgid: 'sets the group that file accesses are checked against',
  // spawn
  fork: 'starts a process as a copy of this one',
  vfork: 'starts a process that borrows this memory until it runs a program',
  execve: 'replaces the running program by another',
  clone: 'starts a process or a thread, as its flags say',
  clone3: 'starts a process or a thread, with its flags in memory where no filter can see them',
  execveat: 'replaces the running program by another, found through a descriptor',
  setns: 'enters an existing namespace',
  unshare: 'leaves shared namespaces or tables for private ones',
  // resourcecontrol
  setpriority: 'sets the nice value of processes',
  getpriority: 'reads the nice value of processes',
  sched_setparam: 'sets the priority within a scheduling class',
  sched_getparam: 'reads the priority within a scheduling class',
  sched_setscheduler: 'chooses the scheduling class and priority',
  sched_getscheduler: 'reads the scheduling class',
  sched_setaffinity: 'chooses the processors that a thread may run on',
  sched_getaffinity: 'reads the processors that a thread may run on',
  sched_get_priority_max: 'tells the highest priority of a scheduling class',
  sched_get_priority_min: 'tells the lowest priority of a scheduling class',
};

/**
 * What a system call does.
 * @param name - its name
 * @returns a few words, or undefined for a call that no edition denies by name
 * @example
 * ```ts
 * import { describeSyscall } from '@qseccomp/options/describe';
 * describeSyscall('mount'); // => 'attaches a file system'
 * ```
 */
export function describeSyscall(name: string): string | undefined {
  return Object.hasOwn(DESCRIPTIONS, name) ? DESCRIPTIONS[name] : undefined;
}
