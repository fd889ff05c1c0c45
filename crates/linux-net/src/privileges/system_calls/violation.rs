//! What happens when a system call is refused: a line that names it, and the end.

use std::io;

use crate::socket_option::result;

/// Where `siginfo_t` has the number of the call (`_sigsys`), on processors of 64 bits.
const CALL_OFFSET: usize = 24;
const BEFORE: &[u8] = b"edged: ended: system call ";
const AFTER: &[u8] = b" is not among those that it makes (seccomp): run it with --no-sandbox, \
and report this line\n";

/// Installs the handler of SIGSYS, for the whole process.
pub(super) fn report() -> io::Result<()> {
    // SAFETY: `sigaction` is plain data, for which all zeros is a value.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = say_and_end;
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: the handler has the signature that SA_SIGINFO asks for, and calls nothing but what a
    // signal handler may.
    result(unsafe { libc::sigaction(libc::SIGSYS, &raw const action, core::ptr::null_mut()) })
}

/// Writes the line. The signal comes a second time when this returns, and then ends the process.
extern "C" fn say_and_end(signal: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel hands over a whole `siginfo_t`, of which this is an aligned integer.
    let call = unsafe { info.cast::<u8>().add(CALL_OFFSET).cast::<i32>().read() };
    let mut line = [0; BEFORE.len() + 11 + AFTER.len()];
    let length = write_line(&mut line, call);
    // SAFETY: the line lives through the call; `write`, `signal` and `raise` may be called in a
    // handler (`signal-safety(7)`).
    unsafe {
        libc::write(2, line.as_ptr().cast(), length);
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// The line, and how long it is. Allocates nothing.
fn write_line(line: &mut [u8], call: i32) -> usize {
    let mut digits = [0; 10];
    let mut rest = call.unsigned_abs();
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let parts = [BEFORE, &digits[first..], AFTER];
    let bytes = parts.into_iter().flatten();
    line.iter_mut()
        .zip(bytes)
        .map(|(to, from)| *to = *from)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_call_and_the_cure() {
        for (call, text) in [
            (0, "call 0 is"),
            (41, "call 41 is"),
            (i32::MAX, "2147483647"),
        ] {
            let mut line = [0; 200];
            let length = write_line(&mut line, call);
            let said = core::str::from_utf8(&line[..length]).unwrap();
            assert!(
                said.contains(text) && said.contains("--no-sandbox"),
                "{said}"
            );
            assert!(said.ends_with("line\n"), "{said}");
        }
    }
}
