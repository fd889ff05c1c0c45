//! Files and the network out of reach (`landlock(7)`).
//!
//! What is open stays open. Nothing more can be opened, made or executed; one directory is left to
//! remove a file from.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::NotAvailable;

/// The newest version whose restrictions are asked for; an older kernel enforces what it knows.
const NEWEST: ABI = ABI::V6;

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAccess {
    /// The version of the interface that the kernel and this program have in common.
    pub abi: u32,
    /// Whether the kernel enforces all that was asked for; a kernel before 6.12 does not know it all.
    pub is_complete: bool,
}

/// Takes all access to files, TCP and abstract sockets from the calling thread, but to remove a file
/// from `directory`.
///
/// # Errors
/// The kernel has no Landlock, or refuses it.
pub fn confine(directory: &Path) -> Result<FileAccess, NotAvailable> {
    let refused = |why: &dyn core::fmt::Display| NotAvailable(format!("Landlock: {why}"));
    let opened = PathFd::new(directory).map_err(|e| refused(&e))?;
    let status = restrict(opened).map_err(|e| refused(&e))?;
    let abi = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as u32,
        LandlockStatus::NotEnabled => {
            return Err(refused(
                &"switched off: add `landlock` to the kernel's `lsm=` list",
            ));
        }
        LandlockStatus::NotImplemented => {
            return Err(refused(
                &"this kernel has none: Linux 5.13 or later, with CONFIG_SECURITY_LANDLOCK",
            ));
        }
    };
    match status.ruleset {
        RulesetStatus::NotEnforced => Err(refused(&"the kernel enforces nothing")),
        enforced => Ok(FileAccess {
            abi,
            is_complete: enforced == RulesetStatus::FullyEnforced,
        }),
    }
}

fn restrict(directory: PathFd) -> Result<landlock::RestrictionStatus, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rule(PathBeneath::new(directory, AccessFs::RemoveFile))?
        .restrict_self()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn nothing_is_left_but_to_remove_a_file_from_one_directory() {
        let directory = std::env::temp_dir().join(format!("file-access-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let file = directory.join("socket");
        fs::write(&file, "").unwrap();
        let place = directory.clone();
        // A thread of its own: the others keep what they have.
        let done = std::thread::spawn(move || {
            let confined = confine(&place);
            let read = fs::read(place.join("socket"));
            let made = fs::write(place.join("other"), "");
            (confined, read, made, fs::remove_file(place.join("socket")))
        });
        let (confined, read, made, removed) = done.join().unwrap();
        removed.unwrap();
        let _ = fs::remove_dir_all(&directory);
        match confined {
            Ok(access) => {
                assert!(access.abi >= 1);
                assert_eq!(read.unwrap_err().kind(), ErrorKind::PermissionDenied);
                assert_eq!(made.unwrap_err().kind(), ErrorKind::PermissionDenied);
            }
            Err(NotAvailable(why)) => {
                assert!(why.contains("kernel"), "{why}");
                assert!(read.is_ok());
            }
        }
    }
}
