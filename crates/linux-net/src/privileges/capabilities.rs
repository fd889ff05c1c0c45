//! Capabilities (`capabilities(7)`) of the calling thread.

use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_ambient_set,
    capability_is_in_bounding_set, clear_ambient_capability_set, no_new_privs,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};

use crate::Error;

/// The five sets of the calling thread, each by the names of `capabilities(7)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What it may do now.
    pub effective: Vec<String>,
    /// What it may take back.
    pub permitted: Vec<String>,
    /// What it may hand to a program that it executes.
    pub inheritable: Vec<String>,
    /// What it can ever get.
    pub bounding: Vec<String>,
    /// What a program that it executes gets.
    pub ambient: Vec<String>,
}

/// Reads the sets from the kernel.
///
/// # Errors
/// The kernel refuses (never seen).
pub fn held() -> Result<Held, Error> {
    let fail = |e: Errno| Error::system("read the capabilities of this thread", e);
    let sets = capabilities(None).map_err(fail)?;
    let told = |is_in: fn(CapabilitySet) -> rustix::io::Result<bool>| -> Vec<String> {
        known()
            .filter(|one| is_in(*one) == Ok(true))
            .map(name)
            .collect()
    };
    Ok(Held {
        effective: names(sets.effective),
        permitted: names(sets.permitted),
        inheritable: names(sets.inheritable),
        bounding: told(capability_is_in_bounding_set),
        ambient: told(capability_is_in_ambient_set),
    })
}

/// Whether the calling thread may open packet and raw sockets in its network namespace.
#[must_use]
pub fn has_net_raw() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::NET_RAW))
}

/// Whether no program that this thread executes can gain a privilege (`PR_SET_NO_NEW_PRIVS`).
#[must_use]
pub fn has_no_new_privs() -> bool {
    no_new_privs().unwrap_or(false)
}

/// Empties every set for good, and forbids new privileges.
///
/// The bounding set can only be emptied with CAP_SETPCAP. Without it the set stays as it is, which
/// [`held`] shows; as nothing can be gained from it any more, that is no loss.
///
/// # Errors
/// The kernel refuses, or a capability is left in a set that counts.
pub fn drop_all() -> Result<(), Error> {
    let fail = |e: Errno| Error::system("give up the capabilities of this process", e);
    set_no_new_privs(true).map_err(fail)?;
    clear_ambient_capability_set().map_err(fail)?;
    for one in known() {
        match remove_capability_from_bounding_set(one) {
            Ok(()) | Err(Errno::PERM) => {}
            Err(error) => return Err(fail(error)),
        }
    }
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(fail)?;
    if capabilities(None).map_err(fail)? == none {
        Ok(())
    } else {
        Err(fail(Errno::PERM))
    }
}

/// Every capability that this kernel knows.
fn known() -> impl Iterator<Item = CapabilitySet> {
    (0..u64::BITS)
        .map(|bit| CapabilitySet::from_bits_retain(1 << bit))
        .take_while(|one| capability_is_in_bounding_set(*one).is_ok())
}

fn names(set: CapabilitySet) -> Vec<String> {
    (0..u64::BITS)
        .map(|bit| CapabilitySet::from_bits_retain(1 << bit))
        .filter(|one| set.contains(*one))
        .map(name)
        .collect()
}

/// As `capabilities(7)` writes it; by its number when it is newer than this program.
fn name(one: CapabilitySet) -> String {
    match one.iter_names().next() {
        Some((name, _)) => format!("CAP_{name}"),
        None => format!("CAP_{}", one.bits().trailing_zeros()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_have_the_names_of_the_manual() {
        assert_eq!(
            names(CapabilitySet::NET_RAW | CapabilitySet::SETPCAP),
            ["CAP_SETPCAP", "CAP_NET_RAW"]
        );
        assert_eq!(
            name(CapabilitySet::from_bits_retain(1 << 60)),
            "CAP_60".to_owned()
        );
    }

    #[test]
    fn all_sets_of_a_thread_are_emptied_for_good() {
        // A thread of its own: the others keep what they have.
        let (before, after, again) = std::thread::spawn(|| {
            let before = held().unwrap();
            drop_all().unwrap();
            let after = held().unwrap();
            let mut all = capabilities(None).unwrap();
            all.permitted = CapabilitySet::NET_RAW;
            (before, after, set_capabilities(None, all))
        })
        .join()
        .unwrap();
        assert!(after.effective.is_empty() && after.permitted.is_empty());
        assert!(after.inheritable.is_empty() && after.ambient.is_empty());
        let could_empty = before.effective.iter().any(|name| name == "CAP_SETPCAP");
        assert_eq!(
            after.bounding.is_empty(),
            could_empty || before.bounding.is_empty()
        );
        assert!(again.is_err());
    }
}
