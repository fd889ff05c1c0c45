//! Names of a lab's network namespaces that the whole machine sees, as `ip netns` has them.
//!
//! Nothing else of a lab is outside, and a name keeps its namespace alive when the lab is gone. So what
//! is going to be made is written down first, in a journal: file by file in [`JOURNALS`], one a run. What
//! is left of a run is removed by what its journal says, and only where it still is what the run put
//! there; `gc` does that for every run whose lab has ended, however it did.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use linux_net::isolate::visible::{self, Forgotten, Found};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// Where the journals are. Root's alone.
pub const JOURNALS: &str = "/run/dcilab-visible";

/// Why names could not be made or removed.
#[derive(Debug, thiserror::Error)]
pub enum VisibleError {
    /// Only root can.
    #[error(
        "--visible gives names in {}, which are the whole machine's and root's: run `dcilab up` as root, or \
         leave --visible out: `dcilab exec NODE -- COMMAND` needs neither",
        visible::DIRECTORY
    )]
    NotRoot,
    /// The journal.
    #[error("the journal {}: {source}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: io::Error,
    },
    /// The kernel refused.
    #[error(transparent)]
    Kernel(#[from] linux_net::Error),
}

/// What a run has made visible, or was about to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Journal {
    run: String,
    lab: String,
    process: LabProcess,
    /// What the directory of names was before; that it becomes again when it is empty.
    #[serde(with = "Directory")]
    directory: Found,
    names: Vec<Name>,
}

/// How [`Found`] is written down.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Found", rename_all = "kebab-case")]
enum Directory {
    Ready,
    Plain,
}

/// A process, told from any that has its number later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabProcess {
    number: i32,
    started: u64,
    /// Which processes have such numbers.
    namespace: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
    namespace: u64,
}

/// What became of the names of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// The lab.
    pub lab: String,
    /// The run.
    pub run: String,
    /// Names that were removed.
    pub removed: usize,
    /// Names that are something else now, and were left alone.
    pub foreign: Vec<String>,
}

/// Whether this user can make names at all.
///
/// # Errors
/// They cannot; the cure.
pub fn check() -> Result<(), VisibleError> {
    match rustix::process::geteuid().is_root() {
        true => Ok(()),
        false => Err(VisibleError::NotRoot),
    }
}

/// Gives the namespaces of these nodes names on the machine; all names begin with what is returned.
/// `process` is the lab's own.
///
/// # Errors
/// The first that could not be made; those that were are removed again.
pub fn show(lab: &str, process: i32, nodes: &[String]) -> Result<String, VisibleError> {
    let run = format!("{:08x}", fastrand::u32(..));
    let prefix = format!("dci-{run}");
    let mut names = Vec::new();
    let mut namespaces = Vec::new();
    for node in nodes {
        let namespace = visible::open(process, node)?;
        names.push(Name {
            name: format!("{prefix}-{node}"),
            namespace: visible::number(&namespace)?,
        });
        namespaces.push(namespace);
    }
    let path = Path::new(JOURNALS).join(format!("{run}.json"));
    let fail = |source| VisibleError::Journal {
        path: path.clone(),
        source,
    };
    let journal = Journal {
        run,
        lab: lab.to_owned(),
        process: LabProcess::of(process).map_err(fail)?,
        directory: visible::look(),
        names,
    };
    // Held while names are made: whoever collects leaves a run alone that has not ended to begin.
    let _held = journal.write(&path).map_err(fail)?;
    let pairs = || journal.names.iter().zip(&namespaces);
    let named = visible::prepare().and_then(|()| {
        pairs().try_for_each(|(name, namespace)| visible::name(namespace, &name.name))
    });
    if let Err(error) = named {
        journal.sweep();
        let _ = fs::remove_file(&path);
        return Err(error.into());
    }
    Ok(prefix)
}

/// Whose names are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of every lab that has ended.
    AllThatEnded,
    /// Those of the lab that this process was, which is known to have ended.
    Of(i32),
}

/// Removes names of labs that have ended. Nothing where the user is not root.
///
/// # Errors
/// The journals cannot be read or removed.
pub fn sweep(whose: Whose) -> Result<Vec<Swept>, VisibleError> {
    let mut swept = Vec::new();
    let entries = match fs::read_dir(JOURNALS) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(swept),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(swept),
        Err(source) => {
            return Err(VisibleError::Journal {
                path: JOURNALS.into(),
                source,
            });
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let fail = |source| VisibleError::Journal {
            path: path.clone(),
            source,
        };
        swept.extend(sweep_one(&path, whose).map_err(fail)?);
    }
    Ok(swept)
}

fn sweep_one(path: &Path, whose: Whose) -> io::Result<Option<Swept>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        // Somebody else has collected it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(None);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let swept = match serde_json::from_str::<Journal>(&text) {
        Ok(journal) => {
            let is_meant = match whose {
                Whose::AllThatEnded => journal.process.has_ended(),
                Whose::Of(process) => journal.process.number == process,
            };
            if !is_meant {
                return Ok(None);
            }
            Some(journal.sweep())
        }
        // Killed while it was written: no name was made before that was done.
        Err(_) => None,
    };
    fs::remove_file(path)?;
    // The last one takes the directory away.
    let _ = fs::remove_dir(JOURNALS);
    Ok(swept)
}

impl Journal {
    fn write(&self, path: &Path) -> io::Result<File> {
        match DirBuilder::new().mode(0o700).create(JOURNALS) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        Ok(file)
    }

    fn sweep(&self) -> Swept {
        let mut swept = Swept {
            lab: self.lab.clone(),
            run: self.run.clone(),
            removed: 0,
            foreign: Vec::new(),
        };
        for Name { name, namespace } in &self.names {
            match visible::forget(name, *namespace) {
                Ok(Forgotten::Removed) => swept.removed += 1,
                Ok(Forgotten::NotThere) => {}
                Ok(Forgotten::Foreign) => swept.foreign.push(name.clone()),
                Err(error) => swept.foreign.push(format!("{name} ({error})")),
            }
        }
        visible::restore(self.directory);
        swept
    }
}

impl LabProcess {
    fn of(number: i32) -> io::Result<Self> {
        let (_, started) = stat(number)?;
        Ok(Self {
            number,
            started,
            namespace: process_namespace()?,
        })
    }

    /// False also for a process of another container, of which nothing is known here.
    fn has_ended(&self) -> bool {
        let is_known = process_namespace().is_ok_and(|namespace| namespace == self.namespace);
        let lives = match stat(self.number) {
            Ok((state, started)) => started == self.started && !matches!(state, 'Z' | 'X'),
            Err(_) => false,
        };
        is_known && !lives
    }
}

fn process_namespace() -> io::Result<String> {
    let link = fs::read_link("/proc/self/ns/pid")?;
    Ok(link.display().to_string())
}

/// The state of a process, and when it was started, in the kernel's ticks.
fn stat(process: i32) -> io::Result<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may hold anything, a parenthesis too.
    let fields = text.rsplit_once(')').map(|(_, fields)| fields);
    let mut fields = fields.unwrap_or_default().split_whitespace();
    let state = fields.next().and_then(|state| state.chars().next());
    let started = fields.nth(18).and_then(|ticks| ticks.parse().ok());
    state.zip(started).ok_or(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_the_next_of_its_number() {
        let own = i32::try_from(std::process::id()).unwrap();
        let mut process = LabProcess::of(own).unwrap();
        assert!(!process.has_ended());
        process.started += 1;
        assert!(process.has_ended());
        process.namespace = "pid:[1]".to_owned();
        assert!(!process.has_ended(), "of another container");
    }
}
