//! Where labs are found: a socket for each, in a directory of the user's own.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::process::geteuid;

/// A socket's path has to fit into 108 bytes, and so does the name of a lab beside the directory.
const NAME_LIMIT: usize = 40;
const SUFFIX: &str = ".sock";

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeDirectoryError {
    /// It cannot be made or read.
    #[error("the directory of running labs {}: {source}: set XDG_RUNTIME_DIR to a directory of yours", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is somebody else's, or others may write there.
    #[error("{} belongs to another user, or others can write to it: remove it, or set XDG_RUNTIME_DIR", path.display())]
    NotOwn {
        /// The directory.
        path: PathBuf,
    },
    /// No lab can be called so.
    #[error(
        "`{name}` cannot name a lab: use 1 to {NAME_LIMIT} letters, digits, `-`, `_` and `.`, a letter or digit first"
    )]
    Name {
        /// The name.
        name: String,
    },
}

/// The directory of a user's running labs.
#[derive(Clone, Debug)]
pub struct RuntimeDirectory(PathBuf);

/// A socket in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The lab's name.
    pub name: String,
    /// Its socket.
    pub socket: PathBuf,
}

impl RuntimeDirectory {
    /// Opens the caller's, and makes it if it is not there: `$XDG_RUNTIME_DIR/dcilab`, else
    /// `/run/dcilab` for root and `/tmp/dcilab-UID` for others.
    ///
    /// # Errors
    /// It cannot be made, or is not the caller's alone.
    pub fn open() -> Result<Self, RuntimeDirectoryError> {
        let user = geteuid().as_raw();
        let given = std::env::var_os("XDG_RUNTIME_DIR").filter(|dir| Path::new(dir).is_absolute());
        let path = match given {
            Some(directory) => PathBuf::from(directory).join("dcilab"),
            None if user == 0 => PathBuf::from("/run/dcilab"),
            None => PathBuf::from(format!("/tmp/dcilab-{user}")),
        };
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        match made {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(RuntimeDirectoryError::Io {
                    path,
                    source: error,
                });
            }
            _ => {}
        }
        let found = fs::symlink_metadata(&path);
        let is_own =
            |data: &fs::Metadata| data.is_dir() && data.uid() == user && data.mode() & 0o022 == 0;
        match found {
            Ok(data) if is_own(&data) => Ok(Self(path)),
            Ok(_) => Err(RuntimeDirectoryError::NotOwn { path }),
            Err(source) => Err(RuntimeDirectoryError::Io { path, source }),
        }
    }

    /// The socket of a lab, whether or not it is there.
    ///
    /// # Errors
    /// No lab can be called so.
    pub fn socket(&self, name: &str) -> Result<PathBuf, RuntimeDirectoryError> {
        Ok(self.0.join(format!("{}{SUFFIX}", valid_name(name)?)))
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The labs that run, by name. Sockets that nobody answers at are removed on the way: whoever
    /// held them was killed.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn labs(&self) -> Result<Vec<Entry>, RuntimeDirectoryError> {
        self.labs_and_gone().map(|(labs, _)| labs)
    }

    /// As [`RuntimeDirectory::labs`], with the names of those whose sockets were removed.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn labs_and_gone(&self) -> Result<(Vec<Entry>, Vec<String>), RuntimeDirectoryError> {
        let _lock = self.lock()?;
        let (dead, labs) = self.entries()?;
        let name = |socket: &PathBuf| Some(socket.file_stem()?.to_str()?.to_owned());
        let gone = dead.iter().filter_map(name).collect();
        // What cannot be removed now, somebody else has removed.
        let _ = remove(dead);
        Ok((labs, gone))
    }

    /// Removes the sockets that nobody answers at, and tells which those were.
    ///
    /// # Errors
    /// The directory cannot be read, or a socket not removed.
    pub fn sweep(&self) -> Result<Vec<PathBuf>, RuntimeDirectoryError> {
        let _lock = self.lock()?;
        let (dead, _) = self.entries()?;
        remove(dead).map_err(|(path, source)| RuntimeDirectoryError::Io { path, source })
    }

    fn lock(&self) -> Result<fs::File, RuntimeDirectoryError> {
        lock(&self.0).map_err(|source| RuntimeDirectoryError::Io {
            path: self.0.clone(),
            source,
        })
    }

    /// The dead sockets, and the labs that run.
    fn entries(&self) -> Result<(Vec<PathBuf>, Vec<Entry>), RuntimeDirectoryError> {
        let fail = |source| RuntimeDirectoryError::Io {
            path: self.0.clone(),
            source,
        };
        let (mut dead, mut labs) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&self.0).map_err(fail)? {
            let socket = entry.map_err(fail)?.path();
            let name = socket.file_name().and_then(|name| name.to_str());
            let Some(name) = name.and_then(|name| name.strip_suffix(SUFFIX)) else {
                continue;
            };
            let name = name.to_owned();
            if is_dead(&socket) {
                dead.push(socket);
            } else {
                labs.push(Entry { name, socket });
            }
        }
        dead.sort_unstable();
        labs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok((dead, labs))
    }
}

/// Removes files, all that can be; tells which were there, or the first that could not be removed.
fn remove(files: Vec<PathBuf>) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let (mut removed, mut failed) = (Vec::new(), None);
    for file in files {
        match fs::remove_file(&file) {
            Ok(()) => removed.push(file),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => failed = failed.or(Some((file, error))),
        }
    }
    failed.map_or(Ok(removed), Err)
}

/// The name, if a lab can be called so.
///
/// # Errors
/// It is empty, too long, or has characters that make trouble in a file name.
pub fn valid_name(name: &str) -> Result<&str, RuntimeDirectoryError> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && name.len() <= NAME_LIMIT && name.chars().all(is_good) {
        return Ok(name);
    }
    Err(RuntimeDirectoryError::Name {
        name: name.to_owned(),
    })
}

/// Binds the socket of a lab. One that nobody answers at is a dead lab's, and gives way.
///
/// # Errors
/// A lab of this name answers, or the kernel refuses.
pub(super) fn bind<T>(socket: &Path, bind: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
    let _lock = lock(directory_of(socket))?;
    match bind(socket) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_dead(socket) => {
            fs::remove_file(socket)?;
            bind(socket)
        }
        result => result,
    }
}

/// Removes the socket of a lab that has ended, unless another lab of its name has it now.
pub(crate) fn remove_dead(socket: &Path) {
    if let Ok(_lock) = lock(directory_of(socket))
        && is_dead(socket)
    {
        let _ = fs::remove_file(socket);
    }
}

fn directory_of(socket: &Path) -> &Path {
    socket.parent().unwrap_or(Path::new("."))
}

/// Taken by whoever makes a socket, and by whoever judges and removes one: between its name and its first
/// `listen` it looks dead. It goes with whoever holds it, SIGKILL included.
fn lock(directory: &Path) -> io::Result<fs::File> {
    let directory = fs::File::open(directory)?;
    flock(&directory, FlockOperation::LockExclusive)?;
    Ok(directory)
}

/// Whether nobody will ever answer at a socket again.
fn is_dead(socket: &Path) -> bool {
    UnixStream::connect(socket).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn names_that_make_trouble_are_refused() {
        for good in ["a", "three-site", "x_1.2", &"a".repeat(40)] {
            assert!(valid_name(good).is_ok(), "{good}");
        }
        for bad in ["", ".a", "-a", "a/b", "a b", "ä", &"a".repeat(41)] {
            assert!(valid_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dead_sockets_are_swept_and_living_ones_are_listed() {
        let place = tempfile::tempdir().unwrap();
        let directory = RuntimeDirectory(place.path().to_owned());
        let living = UnixListener::bind(directory.socket("living").unwrap()).unwrap();
        drop(UnixListener::bind(directory.socket("dead").unwrap()).unwrap());
        fs::write(place.path().join("else"), "").unwrap();
        let names: Vec<_> = directory
            .labs()
            .unwrap()
            .into_iter()
            .map(|e| e.name)
            .collect();
        assert_eq!(names, ["living"]);
        assert!(!place.path().join("dead.sock").exists());
        assert_eq!(directory.sweep().unwrap(), Vec::<PathBuf>::new());
        drop(UnixListener::bind(directory.socket("dead").unwrap()).unwrap());
        assert_eq!(directory.sweep().unwrap(), [place.path().join("dead.sock")]);
        assert!(place.path().join("else").exists());
        drop(living);
    }
}
