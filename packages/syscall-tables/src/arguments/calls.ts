/**
 * Names and kinds of the arguments of system calls, as the manual pages (section 2) call them.
 *
 * One line for each call: its name, then its arguments in order, `name:kind`; a name alone is an address that
 * is shown as a number. Kinds are those of ../arguments.ts and the sets of constants.ts. Order and
 * count were checked against the kernel's own list (tracefs, events/syscalls/.../format, v6.18), which
 * test/arguments.live.test.ts does again wherever that list can be read.
 *
 * @module
 */

const text = `
accept sockfd:fd addr addrlen
accept4 sockfd:fd addr addrlen flags:accept
access pathname:path mode:access
acct filename:path
add_key type:string description:string payload plen:size keyring:int
adjtimex buf
alarm seconds:uint
arch_prctl op:archPrctl addr
bind sockfd:fd addr:sockaddr addrlen:int
bpf cmd:bpf attr size:uint
brk addr
cachestat fd:fd cstat_range cstat flags:uint
capget hdrp datap
capset hdrp datap
chdir path:path
chmod pathname:path mode:mode
chown pathname:path owner:id group:id
chown32 pathname:path owner:id group:id
chroot path:path
clock_adjtime clk_id:clock buf
clock_getres clockid:clock res
clock_gettime clockid:clock tp
clock_nanosleep clockid:clock flags:timer request remain
clock_settime clockid:clock tp
clone flags:clone stack parent_tid child_tid tls
clone3 cl_args size:size
close fd:fd
close_range first:fd last:uint flags:closeRange
connect sockfd:fd addr:sockaddr addrlen:int
copy_file_range fd_in:fd off_in fd_out:fd off_out size:size flags:uint
creat pathname:path mode:mode
delete_module name:string flags:open
dup oldfd:fd
dup2 oldfd:fd newfd:fd
dup3 oldfd:fd newfd:fd flags:open
epoll_create size:int
epoll_create1 flags:epoll
epoll_ctl epfd:fd op:epollOp fd:fd event
epoll_pwait epfd:fd events maxevents:int timeout:int sigmask sigsetsize:size
epoll_pwait2 epfd:fd events maxevents:int timeout sigmask sigsetsize:size
epoll_wait epfd:fd events maxevents:int timeout:int
eventfd initval:uint
eventfd2 initval:uint flags:eventfd
execve pathname:path argv:strings envp
execveat dirfd:dirfd pathname:path argv:strings envp flags:at
exit status:int
exit_group status:int
faccessat dirfd:dirfd pathname:path mode:access
faccessat2 dirfd:dirfd pathname:path mode:access flags:faccessat
fadvise64 fd:fd offset:long size:size advice:fadvise
fallocate fd:fd mode:fallocate offset:long size:long
fanotify_init flags:uint event_f_flags:open
fanotify_mark fanotify_fd:fd flags:uint mask dirfd:dirfd pathname:path
fchdir fd:fd
fchmod fd:fd mode:mode
fchmodat dirfd:dirfd pathname:path mode:mode
fchmodat2 dirfd:dirfd pathname:path mode:mode flags:at
fchown fd:fd owner:id group:id
fchownat dirfd:dirfd pathname:path owner:id group:id flags:at
fcntl fd:fd op:fcntl arg
fcntl64 fd:fd op:fcntl arg
fdatasync fd:fd
fgetxattr fd:fd name:string value size:size
file_getattr dirfd:dirfd pathname:path attr size:size at_flags:at
file_setattr dirfd:dirfd pathname:path attr size:size at_flags:at
finit_module fd:fd param_values:string flags:int
flistxattr fd:fd list size:size
flock fd:fd op:flock
fork
fremovexattr fd:fd name:string
fsconfig fd:fd cmd:uint key:string value aux:int
fsetxattr fd:fd name:string value size:size flags:xattr
fsmount fsfd:fd flags:uint attr_flags:uint
fsopen fsname:string flags:uint
fspick dirfd:dirfd path:path flags:uint
fstat fd:fd statbuf
fstat64 fd:fd statbuf
fstatat64 dirfd:dirfd pathname:path statbuf flags:at
fstatfs fd:fd buf
fstatfs64 fd:fd size:size buf
fsync fd:fd
ftruncate fd:fd length:long
futex uaddr op:futex val:uint timeout uaddr2 val3:uint
futex_requeue waiters flags:uint nr_wake:int nr_requeue:int
futex_wait uaddr val:long mask flags:uint timeout clockid:clock
futex_waitv waiters n:uint flags:uint timeout clockid:clock
futex_wake uaddr mask nr:int flags:uint
futimesat dirfd:dirfd pathname:path times
get_mempolicy mode nodemask maxnode:size addr flags:uint
get_robust_list pid:pid head_ptr sizep
get_thread_area u_info
getcpu cpu node tcache
getcwd buf size:size
getdents fd:fd dirp count:uint
getdents64 fd:fd dirp count:uint
getegid
getegid32
geteuid
geteuid32
getgid
getgid32
getgroups size:int list
getitimer which:itimer curr_value
getpeername sockfd:fd addr addrlen
getpgid pid:pid
getpgrp
getpid
getppid
getpriority which:priority who:id
getrandom buf size:size flags:getrandom
getresgid rgid egid sgid
getresuid ruid euid suid
getrlimit resource:rlimit rlim
getrusage who:rusage usage
getsid pid:pid
getsockname sockfd:fd addr addrlen
getsockopt sockfd:fd level:socketLevel optname:int optval optlen
gettid
gettimeofday tv tz
getuid
getuid32
getxattr path:path name:string value size:size
getxattrat dirfd:dirfd pathname:path at_flags:at name:string args size:size
init_module module_image size:size param_values:string
inotify_add_watch fd:fd pathname:path mask
inotify_init
inotify_init1 flags:inotify
inotify_rm_watch fd:fd wd:int
io_cancel ctx_id iocb result
io_destroy ctx_id
io_getevents ctx_id min_nr:long nr:long events timeout
io_pgetevents ctx_id min_nr:long nr:long events timeout sig
io_setup nr_events:uint ctx_idp
io_submit ctx_id nr:long iocbpp
io_uring_enter fd:fd to_submit:uint min_complete:uint flags:uringEnter argp argsz:size
io_uring_register fd:fd opcode:uint arg nr_args:uint
io_uring_setup entries:uint params
ioctl fd:fd op:ioctl arg
ioperm from:size num:size turn_on:int
iopl level:int
ioprio_get which:int who:id
ioprio_set which:int who:id ioprio:int
kcmp pid1:pid pid2:pid type:int idx1:size idx2:size
kexec_file_load kernel_fd:fd initrd_fd:fd cmdline_len:size cmdline:string flags:size
kexec_load entry nr_segments:size segments flags
keyctl op:keyctl arg2 arg3 arg4 arg5
kill pid:pid sig:signal
landlock_add_rule ruleset_fd:fd rule_type:int rule_attr flags:uint
landlock_create_ruleset attr size:size flags:uint
landlock_restrict_self ruleset_fd:fd flags:uint
lchown pathname:path owner:id group:id
lgetxattr path:path name:string value size:size
link oldpath:path newpath:path
linkat olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path flags:at
listen sockfd:fd backlog:int
listmount req mnt_ids nr_mnt_ids:size flags:uint
listxattr path:path list size:size
listxattrat dirfd:dirfd pathname:path at_flags:at list size:size
llistxattr path:path list size:size
lookup_dcookie cookie buffer size:size
lremovexattr path:path name:string
lseek fd:fd offset:long whence:whence
lsetxattr path:path name:string value size:size flags:xattr
lsm_get_self_attr attr:uint ctx size flags:uint
lsm_list_modules ids size flags:uint
lsm_set_self_attr attr:uint ctx size:uint flags:uint
lstat pathname:path statbuf
lstat64 pathname:path statbuf
madvise addr size:size advice:madvise
map_shadow_stack addr size:size flags:uint
mbind addr size:size mode:int nodemask maxnode:size flags:uint
membarrier cmd:membarrier flags:uint cpu_id:int
memfd_create name:string flags:memfd
memfd_secret flags:memfd
migrate_pages pid:pid maxnode:size old_nodes new_nodes
mincore addr size:size vec
mkdir pathname:path mode:mode
mkdirat dirfd:dirfd pathname:path mode:mode
mknod pathname:path mode:mode dev
mknodat dirfd:dirfd pathname:path mode:mode dev
mlock addr size:size
mlock2 addr size:size flags:uint
mlockall flags:mlockall
mmap addr length:size prot:prot flags:mmap fd:fd offset
mmap2 addr length:size prot:prot flags:mmap fd:fd pgoffset
modify_ldt func:int ptr bytecount:size
mount source:path target:path filesystemtype:string mountflags:mount data
mount_setattr dirfd:dirfd pathname:path flags:at attr size:size
move_mount from_dirfd:dirfd from_pathname:path to_dirfd:dirfd to_pathname:path flags:uint
move_pages pid:pid count:size pages nodes status flags:int
mprotect addr size:size prot:prot
mq_getsetattr mqdes:fd newattr oldattr
mq_notify mqdes:fd sevp
mq_open name:string oflag:open mode:mode attr
mq_timedreceive mqdes:fd msg_ptr msg_len:size msg_prio abs_timeout
mq_timedsend mqdes:fd msg_ptr msg_len:size msg_prio:uint abs_timeout
mq_unlink name:string
mremap old_address old_size:size new_size:size flags:mremap new_address
mseal addr size:size flags
msgctl msqid:int op:ipcOp buf
msgget key:int msgflg:ipc
msgrcv msqid:int msgp msgsz:size msgtyp:long msgflg:ipc
msgsnd msqid:int msgp msgsz:size msgflg:ipc
msync addr size:size flags:msync
munlock addr size:size
munlockall
munmap addr length:size
name_to_handle_at dirfd:dirfd pathname:path handle mount_id flags:at
nanosleep duration rem
newfstatat dirfd:dirfd pathname:path statbuf flags:at
nice inc:int
open pathname:path flags:open mode:mode
open_by_handle_at mount_fd:dirfd handle flags:open
open_tree dirfd:dirfd path:path flags:openTree
open_tree_attr dirfd:dirfd path:path flags:openTree attr size:size
openat dirfd:dirfd pathname:path flags:open mode:mode
openat2 dirfd:dirfd pathname:path how size:size
pause
perf_event_open attr pid:pid cpu:int group_fd:fd flags:perf
personality persona:personality
pidfd_getfd pidfd:fd targetfd:fd flags:uint
pidfd_open pid:pid flags:pidfd
pidfd_send_signal pidfd:fd sig:signal info flags:uint
pipe pipefd
pipe2 pipefd flags:open
pivot_root new_root:path put_old:path
pkey_alloc flags:uint access_rights:uint
pkey_free pkey:int
pkey_mprotect addr size:size prot:prot pkey:int
poll fds nfds:uint timeout:int
ppoll fds nfds:uint tmo_p sigmask sigsetsize:size
prctl op:prctl arg2 arg3 arg4 arg5
pread64 fd:fd buf count:size offset:long
preadv fd:fd iov iovcnt:size pos_l:long pos_h:long
preadv2 fd:fd iov iovcnt:size pos_l:long pos_h:long flags:rwf
prlimit64 pid:pid resource:rlimit new_limit old_limit
process_madvise pidfd:fd iovec n:size advice:madvise flags:uint
process_mrelease pidfd:fd flags:uint
process_vm_readv pid:pid local_iov liovcnt:size remote_iov riovcnt:size flags:size
process_vm_writev pid:pid local_iov liovcnt:size remote_iov riovcnt:size flags:size
pselect6 nfds:int readfds writefds exceptfds timeout sigmask
ptrace op:ptrace pid:pid addr data
pwrite64 fd:fd buf count:size offset:long
pwritev fd:fd iov iovcnt:size pos_l:long pos_h:long
pwritev2 fd:fd iov iovcnt:size pos_l:long pos_h:long flags:rwf
quotactl op special:path id:id addr
quotactl_fd fd:fd op id:id addr
read fd:fd buf count:size
readahead fd:fd offset:long count:size
readlink pathname:path buf bufsiz:int
readlinkat dirfd:dirfd pathname:path buf bufsiz:int
readv fd:fd iov iovcnt:size
reboot magic magic2 op:reboot arg
recv sockfd:fd buf size:size flags:msg
recvfrom sockfd:fd buf size:size flags:msg src_addr addrlen
recvmmsg sockfd:fd msgvec n:uint flags:msg timeout
recvmsg sockfd:fd msg flags:msg
remap_file_pages addr size:size prot:prot pgoff:size flags:mmap
removexattr path:path name:string
removexattrat dirfd:dirfd pathname:path at_flags:at name:string
rename oldpath:path newpath:path
renameat olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path
renameat2 olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path flags:rename
request_key type:string description:string callout_info:string dest_keyring:int
restart_syscall
rmdir pathname:path
rseq rseq rseq_len:uint flags:int sig
rt_sigaction signum:signal act oldact sigsetsize:size
rt_sigpending set sigsetsize:size
rt_sigprocmask how:sigprocmask set oldset sigsetsize:size
rt_sigqueueinfo tgid:pid sig:signal info
rt_sigreturn
rt_sigsuspend mask sigsetsize:size
rt_sigtimedwait set info timeout sigsetsize:size
rt_tgsigqueueinfo tgid:pid tid:pid sig:signal info
sched_get_priority_max policy:sched
sched_get_priority_min policy:sched
sched_getaffinity pid:pid cpusetsize:uint mask
sched_getattr pid:pid attr size:uint flags:uint
sched_getparam pid:pid param
sched_getscheduler pid:pid
sched_rr_get_interval pid:pid tp
sched_setaffinity pid:pid cpusetsize:uint mask
sched_setattr pid:pid attr flags:uint
sched_setparam pid:pid param
sched_setscheduler pid:pid policy:sched param
sched_yield
seccomp operation:seccomp flags:seccompFilter args
select nfds:int readfds writefds exceptfds timeout
semctl semid:int semnum:int op:ipcOp arg
semget key:int nsems:int semflg:ipc
semop semid:int sops nsops:uint
semtimedop semid:int sops nsops:uint timeout
send sockfd:fd buf size:size flags:msg
sendfile out_fd:fd in_fd:fd offset count:size
sendfile64 out_fd:fd in_fd:fd offset count:size
sendmmsg sockfd:fd msgvec n:uint flags:msg
sendmsg sockfd:fd msg flags:msg
sendto sockfd:fd buf size:size flags:msg dest_addr:sockaddr addrlen:int
set_mempolicy mode:int nodemask maxnode:size
set_mempolicy_home_node start size:size home_node:size flags:uint
set_robust_list head size:size
set_thread_area u_info
set_tid_address tidptr
setdomainname name size:int
setfsgid fsgid:id
setfsgid32 fsgid:id
setfsuid fsuid:id
setfsuid32 fsuid:id
setgid gid:id
setgid32 gid:id
setgroups size:int list
setgroups32 size:int list
sethostname name size:int
setitimer which:itimer new_value old_value
setns fd:fd nstype:unshare
setpgid pid:pid pgid:pid
setpriority which:priority who:id prio:int
setregid rgid:id egid:id
setregid32 rgid:id egid:id
setresgid rgid:id egid:id sgid:id
setresgid32 rgid:id egid:id sgid:id
setresuid ruid:id euid:id suid:id
setresuid32 ruid:id euid:id suid:id
setreuid ruid:id euid:id
setreuid32 ruid:id euid:id
setrlimit resource:rlimit rlim
setsid
setsockopt sockfd:fd level:socketLevel optname:int optval optlen:int
settimeofday tv tz
setuid uid:id
setuid32 uid:id
setxattr path:path name:string value size:size flags:xattr
setxattrat dirfd:dirfd pathname:path at_flags:at name:string args size:size
shmat shmid:int shmaddr shmflg:ipc
shmctl shmid:int op:ipcOp buf
shmdt shmaddr
shmget key:int size:size shmflg:ipc
shutdown sockfd:fd how:shutdown
sigaltstack ss old_ss
signalfd fd:fd mask sizemask:size
signalfd4 fd:fd mask sizemask:size flags:signalfd
socket domain:family type:socketType protocol:int
socketpair domain:family type:socketType protocol:int sv
splice fd_in:fd off_in fd_out:fd off_out size:size flags:splice
stat pathname:path statbuf
stat64 pathname:path statbuf
statfs path:path buf
statfs64 path:path size:size buf
statmount req buf bufsize:size flags:uint
statx dirfd:dirfd pathname:path flags:at mask statxbuf
stime t
swapoff path:path
swapon path:path swapflags
symlink target:path linkpath:path
symlinkat target:path newdirfd:dirfd linkpath:path
sync
sync_file_range fd:fd offset:long nbytes:long flags:uint
syncfs fd:fd
sysfs option:int arg1 arg2
sysinfo info
syslog type:syslog bufp size:int
tee fd_in:fd fd_out:fd size:size flags:splice
tgkill tgid:pid tid:pid sig:signal
time tloc
timer_create clockid:clock sevp timerid
timer_delete timerid:int
timer_getoverrun timerid:int
timer_gettime timerid:int curr_value
timer_settime timerid:int flags:timer new_value old_value
timerfd_create clockid:clock flags:timerfd
timerfd_gettime fd:fd curr_value
timerfd_settime fd:fd flags:timer new_value old_value
times buf
tkill tid:pid sig:signal
truncate path:path length:long
umask mask:mode
umount target:path
umount2 target:path flags:umount
uname buf
unlink pathname:path
unlinkat dirfd:dirfd pathname:path flags:unlinkat
unshare flags:unshare
uprobe
uretprobe
uselib library:path
userfaultfd flags:open
ustat dev ubuf
utime filename:path times
utimensat dirfd:dirfd pathname:path times flags:at
utimes filename:path times
vfork
vhangup
vmsplice fd:fd iov nr_segs:size flags:splice
wait4 pid:pid wstatus options:wait rusage
waitid idtype:idtype id:pid infop options:wait rusage
waitpid pid:pid wstatus options:wait
write fd:fd buf count:size
writev fd:fd iov iovcnt:size
`;

/** An argument of a call. */
export interface CallArgument {
  /** Name, as in the manual. */
  readonly name: string;
  /** What it is: one of the kinds, or the name of a set of constants. */
  readonly kind: string;
}

let byName: ReadonlyMap<string, readonly CallArgument[]> | undefined;

/** The calls by name; read at the first look-up. */
export function calls(): ReadonlyMap<string, readonly CallArgument[]> {
  byName ??= new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [call = '', ...words] = line.split(' ');
        return [call, words.map(argument)];
      }),
  );
  return byName;
}

function argument(word: string): CallArgument {
  const [name = '', kind = 'address'] = word.split(':');
  return { name, kind };
}
