//! Which system calls, with which arguments.

use std::collections::BTreeMap;

use seccompiler::{BackendError, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Allowed with any arguments.
const ANY: &[i64] = &[
    // The forwarder waits, receives, sends.
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_timerfd_settime,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_recvmsg,
    libc::SYS_sendmsg,
    libc::SYS_getsockopt,
    libc::SYS_ppoll,
    // A packet socket follows its interface: it is bound again.
    libc::SYS_bind,
    // The control socket.
    libc::SYS_accept4,
    libc::SYS_shutdown,
    libc::SYS_close,
    libc::SYS_unlinkat,
    // Threads, locks, memory.
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_geteuid,
    libc::SYS_getegid,
    libc::SYS_getrandom,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // `show security` reads it back.
    libc::SYS_capget,
    // Answered with ENOSYS all the same: see `missing`.
    libc::SYS_clone3,
    // The configuration is read again on demand; which files there are to open is Landlock's to say.
    libc::SYS_statx,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_lseek,
];

/// Those that only older processors have.
#[cfg(target_arch = "x86_64")]
const ANY_OF_THIS_PROCESSOR: &[i64] = &[libc::SYS_epoll_wait, libc::SYS_poll, libc::SYS_unlink];
#[cfg(not(target_arch = "x86_64"))]
const ANY_OF_THIS_PROCESSOR: &[i64] = &[];

/// The calls that are answered with `ENOSYS`: the C library then takes `clone`.
pub(super) fn missing() -> Rules {
    Rules::from([(libc::SYS_clone3, Vec::new())])
}

/// The calls that may be made.
pub(super) fn rules() -> Result<Rules, BackendError> {
    let any = ANY.iter().chain(ANY_OF_THIS_PROCESSOR);
    let mut rules: Rules = any.map(|call| (*call, Vec::new())).collect();
    // Nothing becomes executable.
    let executable = bits(libc::PROT_EXEC);
    let plain = || masked(2, executable, 0);
    rules.insert(libc::SYS_mmap, vec![plain()?]);
    rules.insert(libc::SYS_mprotect, vec![plain()?]);
    // Threads, no processes.
    let thread = bits(libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND);
    rules.insert(libc::SYS_clone, vec![masked(0, thread, thread)?]);
    // Files are read, not made or written.
    let write = bits(libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC);
    rules.insert(libc::SYS_openat, vec![masked(2, write, 0)?]);
    // Packet sockets alone: rings, and membership of the interface that they are bound to anew.
    let packet = equal(1, libc::SOL_PACKET)?;
    rules.insert(libc::SYS_setsockopt, vec![packet]);
    let requests = [libc::SIOCGIFMTU, libc::SIOCGIFFLAGS];
    rules.insert(libc::SYS_ioctl, one_of(1, &requests)?);
    let descriptor = [
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_DUPFD_CLOEXEC,
        libc::F_GETFL,
    ];
    rules.insert(libc::SYS_fcntl, one_of(1, &descriptor)?);
    let read_back = [
        libc::PR_SET_NAME,
        libc::PR_GET_SECCOMP,
        libc::PR_GET_NO_NEW_PRIVS,
        libc::PR_CAPBSET_READ,
    ];
    let mut control = one_of(0, &read_back)?;
    control.push(SeccompRule::new(vec![
        condition(0, SeccompCmpOp::Eq, bits(libc::PR_CAP_AMBIENT))?,
        condition(1, SeccompCmpOp::Eq, bits(libc::PR_CAP_AMBIENT_IS_SET))?,
    ])?);
    rules.insert(libc::SYS_prctl, control);
    // Itself only: `abort` and `raise`.
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    rules.insert(libc::SYS_tgkill, vec![equal(0, own)?]);
    Ok(rules)
}

fn bits(value: i32) -> u64 {
    value.cast_unsigned().into()
}

fn condition(
    argument: u8,
    how: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompRule, BackendError> {
    let how = SeccompCmpOp::MaskedEq(mask);
    SeccompRule::new(vec![condition(argument, how, value)?])
}

fn equal(argument: u8, value: i32) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::Eq, bits(value))?])
}

fn one_of<T: Copy + TryInto<u64>>(
    argument: u8,
    values: &[T],
) -> Result<Vec<SeccompRule>, BackendError> {
    let rule = |value: &T| {
        let value = (*value).try_into().unwrap_or(u64::MAX);
        SeccompRule::new(vec![condition(argument, SeccompCmpOp::Eq, value)?])
    };
    values.iter().map(rule).collect()
}
