//! Files and the network out of reach (`landlock(7)`).
//!
//! What is open stays open. Nothing more can be made, written or executed; some directories are left to
//! read files in, and one to remove a file from.

use std::path::{Path, PathBuf};

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

/// The directories that stay within reach.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// Where files can be read: directories, as editors replace a file by another one of its name.
    pub readable: &'a [PathBuf],
    /// Where files can be removed.
    pub removable: &'a Path,
}

/// Takes all access to files, TCP and abstract sockets from the calling thread, but to these
/// directories.
///
/// # Errors
/// The kernel has no Landlock, or refuses it.
pub fn confine(within: Within<'_>) -> Result<FileAccess, NotAvailable> {
    let refused = |why: &dyn core::fmt::Display| NotAvailable(format!("Landlock: {why}"));
    let open = |path: &Path| PathFd::new(path).map_err(|e| refused(&e));
    let readable = within.readable.iter().map(|path| open(path));
    let readable = readable.collect::<Result<Vec<_>, _>>()?;
    let removable = open(within.removable)?;
    let status = restrict(readable, removable).map_err(|e| refused(&e))?;
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

fn restrict(
    readable: Vec<PathFd>,
    removable: PathFd,
) -> Result<landlock::RestrictionStatus, RulesetError> {
    let read_in =
        |directory| Ok::<_, RulesetError>(PathBeneath::new(directory, AccessFs::ReadFile));
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(readable.into_iter().map(read_in))?
        .add_rule(PathBeneath::new(removable, AccessFs::RemoveFile))?
        .restrict_self()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn nothing_is_left_but_to_read_in_one_directory_and_to_remove_from_another() {
        let base = std::env::temp_dir().join(format!("file-access-{}", std::process::id()));
        let (conf, run) = (base.join("conf"), base.join("run"));
        for directory in [&conf, &run] {
            fs::create_dir_all(directory).unwrap();
            fs::write(directory.join("file"), "").unwrap();
        }
        // A thread of its own: the others keep what they have.
        let done = std::thread::spawn(move || {
            let confined = confine(Within {
                readable: std::slice::from_ref(&conf),
                removable: &run,
            });
            let refused = [
                fs::read(run.join("file")).err(),
                fs::write(conf.join("file"), "").err(),
                fs::write(run.join("other"), "").err(),
                fs::remove_file(conf.join("file")).err(),
            ];
            fs::read(conf.join("file")).unwrap();
            fs::remove_file(run.join("file")).unwrap();
            (confined, refused.map(|error| error.map(|e| e.kind())))
        });
        let (confined, refused) = done.join().unwrap();
        let _ = fs::remove_dir_all(&base);
        match confined {
            Ok(access) => {
                assert!(access.abi >= 1);
                assert_eq!(refused, [Some(ErrorKind::PermissionDenied); 4]);
            }
            Err(NotAvailable(why)) => {
                assert!(why.contains("kernel"), "{why}");
                assert_eq!(refused[0], None);
            }
        }
    }
}
