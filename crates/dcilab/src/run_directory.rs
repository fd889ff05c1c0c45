//! The directory that a run leaves.
//!
//! Files are gathered where only the lab sees them and brought out when the run is over: a run that is
//! killed leaves nothing half done behind.

use core::time::Duration;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{Access, CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::lab::private_directory;
use crate::report;
use crate::result::ResultFile;

/// Where runs go unless told otherwise.
pub const DEFAULT_PARENT: &str = "dcilab-runs";

/// How a run was made, for whoever wants to make it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub dcilab: String,
    /// The command line.
    pub arguments: Vec<String>,
    /// When it began, seconds since 1970.
    pub started_unix_seconds: u64,
    /// The kernel.
    pub kernel: String,
    /// Processors that may be used.
    pub cpus: usize,
    /// The topology, word for word but for the key of the area, which is not kept.
    pub topology: String,
    /// What was set in place of what the topology says, but for the key of the area.
    #[serde(default)]
    pub set: Vec<String>,
    /// The scenario in a file of its own, word for word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
}

impl Manifest {
    /// Of this process, now.
    #[must_use]
    pub fn new(topology: &str, settings: &[String]) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            dcilab: env!("CARGO_PKG_VERSION").to_owned(),
            arguments: std::env::args_os()
                .map(|argument| without_key(&argument.to_string_lossy()))
                .collect(),
            started_unix_seconds: since.map_or(0, |since| since.as_secs()),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            topology: topology::Topology::without_key(topology),
            set: settings.iter().map(|set| without_key(set)).collect(),
            scenario: None,
        }
    }
}

impl Manifest {
    /// With the text of a scenario in a file of its own.
    #[must_use]
    pub fn with_scenario(self, scenario: Option<String>) -> Self {
        Self { scenario, ..self }
    }

    /// The manifest beside a result; `None` where there is none that can be read.
    #[must_use]
    pub fn beside(directory: &Path) -> Option<Self> {
        let bytes = fs::read(directory.join("manifest.json")).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// An argument of the command line, or a setting, without what is not to be kept.
fn without_key(argument: &str) -> String {
    match argument.strip_prefix("--set=") {
        Some(setting) => format!("--set={}", topology::setting_without_key(setting)),
        None => topology::setting_without_key(argument),
    }
}

/// A run's files, not yet brought out.
pub struct RunDirectory {
    staged: PathBuf,
    parent: PathBuf,
    name: String,
}

impl RunDirectory {
    /// Prepares the directory `parent/NAME`, where the name is made of the time and `verb`, for the
    /// files of so many experiments.
    ///
    /// # Errors
    /// The place where files are gathered cannot be made, or `parent` could not be written to, or has
    /// no room.
    pub fn prepare(parent: &Path, verb: &str, experiments: usize) -> io::Result<Self> {
        // Now, not when the run is over and would be lost.
        let existing = check_writable(parent)?;
        check_room(&existing, experiments)?;
        let staged = private_directory().join("run");
        fs::create_dir_all(&staged)?;
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let stamp: String = now.chars().filter(char::is_ascii_alphanumeric).collect();
        Ok(Self {
            staged,
            parent: parent.to_owned(),
            name: format!("{stamp}-{verb}"),
        })
    }

    /// Where to write files now.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.staged
    }

    /// Removes the captures that were gathered: they are not brought out.
    ///
    /// # Errors
    /// They cannot be removed.
    pub fn forget_captures(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.staged.join("captures")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Adds manifest, result and reports, brings everything out, and says where it is. `latest` beside it leads
    /// there.
    ///
    /// # Errors
    /// A file cannot be written; nothing is left at the destination then.
    pub fn bring_out(self, manifest: &Manifest, result: &ResultFile) -> io::Result<PathBuf> {
        write_json(&self.staged.join("manifest.json"), manifest)?;
        write_json(&self.staged.join("result.json"), result)?;
        for (name, text) in report::files(result, Some(manifest)) {
            fs::write(self.staged.join(name), text)?;
        }
        fs::create_dir_all(&self.parent)?;
        remove_abandoned(&self.parent);
        let partial = tempfile::Builder::new()
            .prefix(PARTIAL)
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in(&self.parent)?;
        // Held until the copy has its name: who can take the lock sees a copy that nobody will finish.
        let directory = fs::File::open(partial.path())?;
        flock(&directory, FlockOperation::LockExclusive)?;
        copy_tree(&self.staged, partial.path())?;
        let destination = self.take_name(partial.path())?;
        // It has another name now; nothing is left to be removed under the old one.
        let _ = partial.keep();
        if let Err(error) = self.link_latest(&destination) {
            tracing::warn!("`latest` does not lead to this run: {error}");
        }
        Ok(destination)
    }

    /// Gives a directory its name, in one step: whole or not at all. Two runs may end in the same
    /// second.
    fn take_name(&self, partial: &Path) -> io::Result<PathBuf> {
        let mut name = self.name.clone();
        for number in 2.. {
            let path = self.parent.join(&name);
            match renameat_with(CWD, partial, CWD, &path, RenameFlags::NOREPLACE) {
                Err(Errno::EXIST) if number < 1000 => name = format!("{}-{number}", self.name),
                result => return Ok(result.map(|()| path)?),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn link_latest(&self, destination: &Path) -> io::Result<()> {
        let Some(name) = destination.file_name() else {
            return Ok(());
        };
        let place = tempfile::Builder::new()
            .prefix(PARTIAL)
            .tempdir_in(&self.parent)?;
        let fresh = place.path().join("latest");
        symlink(name, &fresh)?;
        // Renaming replaces a link that is there in one step.
        fs::rename(&fresh, self.parent.join("latest"))
    }
}

/// Whether a directory, or the nearest one above it that exists, may be written to.
/// Gives the one that exists.
fn check_writable(path: &Path) -> io::Result<PathBuf> {
    let here = Path::new(".");
    let above = path
        .ancestors()
        .map(|p| if p.as_os_str().is_empty() { here } else { p });
    let existing = above.into_iter().find(|p| p.exists()).unwrap_or(here);
    if !existing.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    rustix::fs::access(existing, Access::WRITE_OK | Access::EXEC_OK)?;
    Ok(existing.to_owned())
}

/// What an experiment's files take, the capture above all; at a rate of 1000 probes a second.
const ROOM_OF_AN_EXPERIMENT: u64 = 24 << 20;

fn check_room(directory: &Path, experiments: usize) -> io::Result<()> {
    let disk = rustix::fs::statvfs(directory)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let needed = ROOM_OF_AN_EXPERIMENT.saturating_mul(experiments as u64);
    if free >= needed {
        return Ok(());
    }
    let (free, needed) = (free >> 20, needed >> 20);
    Err(io::Error::other(format!(
        "{experiments} experiments take about {needed} MiB, and {free} MiB are free"
    )))
}

/// What a run's directory is called while it is copied.
const PARTIAL: &str = ".partial-";

/// A copy is locked soon after it was made; one that is younger may not be, yet.
const UNLOCKED_LIMIT: Duration = Duration::from_secs(60);

/// Removes copies whose maker was killed. What cannot be removed is left: it is no part of this run.
fn remove_abandoned(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let partial = entries.filter(|e| e.file_name().to_string_lossy().starts_with(PARTIAL));
    for entry in partial {
        let age = entry.metadata().and_then(|m| m.modified()).ok();
        let age = age.and_then(|at| at.elapsed().ok()).unwrap_or_default();
        if age > UNLOCKED_LIMIT
            && let Ok(directory) = fs::File::open(entry.path())
            && flock(&directory, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    fs::write(path, bytes)
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
