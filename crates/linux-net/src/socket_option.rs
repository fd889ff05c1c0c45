//! Socket options that no safe crate offers.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// The size of `T` as system calls take it.
pub(crate) fn size_of<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(core::mem::size_of::<T>()).unwrap_or(0)
}

/// Sets one option.
///
/// `T` must be the plain type that the kernel reads for this option.
pub(crate) fn set<T>(fd: BorrowedFd<'_>, level: i32, name: i32, value: &T) -> io::Result<()> {
    let value = core::ptr::from_ref(value).cast();
    // SAFETY: the kernel reads `size_of::<T>()` bytes from `value`, which lives through the call.
    let answer = unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, value, size_of::<T>()) };
    result(answer)
}

/// Reads one option. `T` must be plain data for which all zeros is a value.
pub(crate) fn get<T: Copy>(fd: BorrowedFd<'_>, level: i32, name: i32) -> io::Result<T> {
    // SAFETY: the caller's promise.
    let mut value: T = unsafe { core::mem::zeroed() };
    let mut length = size_of::<T>();
    let out = (&raw mut value).cast();
    // SAFETY: the kernel writes at most `length` bytes into `value`.
    let answer = unsafe { libc::getsockopt(fd.as_raw_fd(), level, name, out, &raw mut length) };
    result(answer)?;
    Ok(value)
}

/// Attaches a filter that passes at most `length` bytes of every packet; 0 drops them all.
pub(crate) fn keep_at_most(fd: BorrowedFd<'_>, length: u32) -> io::Result<()> {
    const RETURN_CONSTANT: u16 = 0x06; // BPF_RET | BPF_K
    let mut program = [libc::sock_filter {
        code: RETURN_CONSTANT,
        jt: 0,
        jf: 0,
        k: length,
    }];
    let filter = libc::sock_fprog {
        len: 1,
        filter: program.as_mut_ptr(),
    };
    set(fd, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &filter)
}

/// The result of a system call that answers -1 and `errno`.
pub(crate) fn result(answer: i32) -> io::Result<()> {
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
