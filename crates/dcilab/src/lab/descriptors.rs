//! Room for the open files of a lab: a hundred sites need more than most shells give.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use topology::Plan;

use super::LabError;

/// What the lab holds open of each namespace: itself, its name, a netlink socket.
const EACH_NAMESPACE: usize = 3;
/// And of each edge device: the process, its events, a question to it.
const EACH_DEVICE: usize = 3;
/// And besides.
const REST: usize = 64;

/// Takes as many open files as this process may have.
///
/// # Errors
/// That is too few for the plan.
pub(super) fn make_room(plan: &Plan) -> Result<(), LabError> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let all = Rlimit {
            current: maximum,
            maximum,
        };
        // Where even that is refused, what there is may do.
        let _ = setrlimit(Resource::Nofile, all);
    }
    let limit = getrlimit(Resource::Nofile).current;
    check(needed(plan), limit)
}

fn needed(plan: &Plan) -> usize {
    REST + EACH_NAMESPACE * plan.namespaces.len() + EACH_DEVICE * plan.edge_devices.len()
}

fn check(needed: usize, limit: Option<u64>) -> Result<(), LabError> {
    match limit {
        Some(limit) if limit < needed as u64 => Err(LabError::Impossible {
            what: "a lab of this size".to_owned(),
            problem: format!(
                "it needs {needed} open files, and this user may have {limit}: raise the hard limit \
                 (`ulimit -Hn` tells it; `LimitNOFILE=` or limits.conf set it), or take fewer sites or hosts"
            ),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_are_told_with_both_numbers_and_a_cure() {
        check(1100, None).unwrap();
        check(1100, Some(1100)).unwrap();
        let told = check(1100, Some(1024)).unwrap_err().to_string();
        for part in ["1100", "1024", "ulimit -Hn", "fewer sites"] {
            assert!(told.contains(part), "{told}");
        }
    }
}
