//! The system calls that a running edge device makes, and no other (`seccomp(2)`).
//!
//! Most of them with any arguments; some only to make threads, to read files, to bind packet sockets.
//! `clone3`, whose flags no filter can see, is answered with `ENOSYS`: the C library takes `clone` then.
//! Anything else ends the process, with a line on standard error that
//! names the call: a violation is seen, and never a device that hangs.

mod allowed;
mod violation;

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, SeccompRule, TargetArch};

use super::NotAvailable;

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemCalls {
    /// How many different calls may be made, some of them with certain arguments only.
    pub allowed: usize,
}

/// Leaves the calling thread the system calls of a running edge device. No way leads back.
///
/// # Errors
/// The kernel has no seccomp filters, or there is no list for this processor.
pub fn restrict() -> Result<SystemCalls, NotAvailable> {
    let refused = |e: &dyn core::fmt::Display| NotAvailable(format!("seccomp: {e}"));
    let processor = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|_| refused(&"no list of system calls for this processor"))?;
    let rules = allowed::rules().map_err(|e| refused(&e))?;
    let allowed = rules.len();
    let only = compile(rules, SeccompAction::Trap, SeccompAction::Allow, processor);
    let missing = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());
    let without = compile(allowed::missing(), SeccompAction::Allow, missing, processor);
    let (only, without) = (
        only.map_err(|e| refused(&e))?,
        without.map_err(|e| refused(&e))?,
    );
    violation::report().map_err(|e| refused(&e))?;
    // The strictest answer of both counts. The first filter still allows to add the second.
    for filter in [&without, &only] {
        seccompiler::apply_filter(filter).map_err(|e| refused(&e))?;
    }
    Ok(SystemCalls { allowed })
}

/// What the kernel says of the calling thread: 0 for no seccomp, 2 for filters.
#[must_use]
pub fn mode() -> i32 {
    // SAFETY: no memory is handed over.
    unsafe { libc::prctl(libc::PR_GET_SECCOMP) }
}

fn compile(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    matching: SeccompAction,
    processor: TargetArch,
) -> Result<BpfProgram, seccompiler::BackendError> {
    SeccompFilter::new(rules, otherwise, matching, processor)?.try_into()
}
