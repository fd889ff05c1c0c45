//! What a lab has on the machine while it runs, and that nothing of it is left afterwards.
//!
//! Other labs may run at the same time: only what belonged to this one is looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::eventually;
use crate::process::{self, Marked, Part};

/// What was on the machine before a run.
pub struct Before {
    links: BTreeSet<String>,
    mounts: BTreeSet<Mount>,
}

/// What a run has on the machine at one moment.
pub struct Traces {
    processes: Marked,
    /// Held open, so that their numbers are not given to others while we look for them.
    namespaces: BTreeMap<u64, File>,
    mounts: BTreeSet<Mount>,
    before: Before,
}

/// A mount, by device and place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mount {
    device: String,
    root: String,
    point: String,
}

impl Before {
    /// Looks at the machine.
    ///
    /// # Errors
    /// `/proc` or `/sys` cannot be read.
    pub fn look() -> anyhow::Result<Self> {
        Ok(Self {
            links: links()?,
            mounts: mounts(std::process::id())?,
        })
    }

    /// Notes what a run has on the machine now.
    ///
    /// # Errors
    /// The run is not isolated, or cannot be looked at.
    pub fn traces(self, processes: Marked) -> anyhow::Result<Traces> {
        let own = namespace_number("self")?;
        let mut namespaces = BTreeMap::new();
        for pid in processes.running() {
            for path in tasks(pid) {
                let Ok(file) = File::open(path.join("ns/net")) else {
                    continue;
                };
                namespaces.insert(file.metadata()?.ino(), file);
            }
        }
        // The process outside shares a network namespace with nobody but may still be in ours.
        namespaces.remove(&own);
        let lab = processes
            .part(Part::Lab)
            .and_then(|pid| u32::try_from(pid).ok());
        let mounts = match lab {
            Some(pid) => mounts(pid).unwrap_or_default(),
            None => BTreeSet::new(),
        };
        // Others mount things meanwhile (`ip netns add` does), and the lab has a copy of those, too.
        let outside = mounts_outside(&self.mounts)?;
        Ok(Traces {
            mounts: mounts.difference(&outside).cloned().collect(),
            processes,
            namespaces,
            before: self,
        })
    }
}

impl Traces {
    /// How many network namespaces the run has.
    #[must_use]
    pub fn namespaces(&self) -> usize {
        self.namespaces.len()
    }

    /// Waits until nothing of the run is left: no process, network namespace, mount or link. `names` are
    /// those of the links that the run makes.
    ///
    /// # Errors
    /// What is left.
    pub fn expect_gone(&self, names: &BTreeSet<String>) -> anyhow::Result<()> {
        eventually("no process of the lab is left", || {
            let left = self.processes.running();
            Ok((!left.is_empty()).then(|| format!("processes {left:?}")))
        })?;
        eventually("no network namespace of the lab is left", || {
            Ok(self.holder())
        })?;
        let mounts = mounts(std::process::id())?;
        let left: Vec<_> = mounts.intersection(&self.mounts).collect();
        ensure!(left.is_empty(), "mounts are left: {left:?}");
        let new = &links()? - &self.before.links;
        let left: Vec<_> = new.intersection(names).collect();
        ensure!(left.is_empty(), "links are left: {left:?}");
        Ok(())
    }

    /// Who else holds one of the namespaces.
    fn holder(&self) -> Option<String> {
        let own = i32::try_from(std::process::id()).ok();
        process::all()
            .filter(|pid| Some(*pid) != own)
            .find_map(|pid| {
                let by_task = tasks(pid).find_map(|path| self.is_ours(&path.join("ns/net")));
                let by_file = || entries(&format!("/proc/{pid}/fd")).find_map(|p| self.is_ours(&p));
                let what = by_task.or_else(by_file).or_else(|| self.is_mounted(pid))?;
                Some(format!("process {pid} holds {what}"))
            })
    }

    fn is_ours(&self, path: &Path) -> Option<String> {
        let target = fs::read_link(path).ok()?;
        let number = target.to_str()?.strip_prefix("net:[")?.strip_suffix(']')?;
        let is_ours = self.namespaces.contains_key(&number.parse().ok()?);
        is_ours.then(|| format!("{} ({})", path.display(), target.display()))
    }

    /// A namespace can be held by its name alone: a mount.
    fn is_mounted(&self, pid: i32) -> Option<String> {
        let mounts = mounts(u32::try_from(pid).ok()?).ok()?;
        let is_ours = |mount: &Mount| {
            let number = mount.root.strip_prefix("net:[")?.strip_suffix(']')?;
            let is_ours = self.namespaces.contains_key(&number.parse().ok()?);
            is_ours.then(|| format!("a mount on {}", mount.point))
        };
        mounts.iter().find_map(is_ours)
    }
}

/// Fails unless there is nothing in the directory, or no directory.
///
/// # Errors
/// What there is.
pub fn expect_empty(directory: &Path) -> anyhow::Result<()> {
    let left: Vec<_> = entries(&directory.display().to_string()).collect();
    ensure!(left.is_empty(), "files are left: {left:?}");
    Ok(())
}

fn tasks(pid: i32) -> impl Iterator<Item = PathBuf> {
    entries(&format!("/proc/{pid}/task"))
}

fn entries(directory: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

fn namespace_number(pid: &str) -> anyhow::Result<u64> {
    let file = format!("/proc/{pid}/ns/net");
    Ok(fs::metadata(&file).context(file)?.ino())
}

fn links() -> anyhow::Result<BTreeSet<String>> {
    let directory = fs::read_dir("/sys/class/net").context("/sys/class/net")?;
    let name = |entry: std::io::Result<fs::DirEntry>| {
        Ok(entry?.file_name().to_string_lossy().into_owned())
    };
    directory.map(name).collect()
}

/// The mounts outside now, and those from before.
fn mounts_outside(before: &BTreeSet<Mount>) -> anyhow::Result<BTreeSet<Mount>> {
    Ok(&mounts(std::process::id())? | before)
}

fn mounts(pid: u32) -> anyhow::Result<BTreeSet<Mount>> {
    let file = format!("/proc/{pid}/mountinfo");
    let text = fs::read_to_string(&file).context(file)?;
    let mount = |line: &str| {
        let mut fields = line.split(' ').skip(2).map(str::to_owned);
        Some(Mount {
            device: fields.next()?,
            root: fields.next()?,
            point: fields.next()?,
        })
    };
    Ok(text.lines().filter_map(mount).collect())
}
