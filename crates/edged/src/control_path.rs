//! Where a device listens when nobody says where, and where it is looked for.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;
use linux_net::privileges;

/// The end of the name of every socket.
const ENDING: &str = "sock";

/// The socket of the device of this name.
///
/// # Errors
/// The name cannot be a file's, or this user has no directory for sockets.
pub(crate) fn of_device(name: &str) -> anyhow::Result<PathBuf> {
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
        bail!("`{name}` cannot name a control socket: say where to listen with --control");
    }
    Ok(directory()?.join(format!("{name}.{ENDING}")))
}

/// The directory that a file is in.
pub(crate) fn directory_of(file: &Path) -> &Path {
    let parent = file.parent().filter(|path| !path.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// The socket of the only device that runs here.
///
/// # Errors
/// There is none, or more than one.
pub(crate) fn only_one() -> anyhow::Result<PathBuf> {
    let directory = directory()?;
    let mut sockets = sockets(&directory);
    match (sockets.pop(), sockets.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => bail!(
            "no device listens in {}: say where with --control",
            directory.display()
        ),
        (Some(last), _) => {
            sockets.push(last);
            let names: Vec<_> = sockets.iter().map(|p| p.display().to_string()).collect();
            bail!(
                "more than one device runs here: say --control with one of {}",
                names.join(", ")
            )
        }
    }
}

/// `/run/edged` for root, a directory of the user's own for others.
fn directory() -> anyhow::Result<PathBuf> {
    let (user, _) = privileges::identity();
    match env::var_os("XDG_RUNTIME_DIR") {
        _ if user == 0 => Ok(PathBuf::from("/run/edged")),
        Some(own) => Ok(Path::new(&own).join("edged")),
        None => bail!("there is no directory for sockets of user {user}: say where with --control"),
    }
}

fn sockets(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut sockets: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
        .collect();
    sockets.sort();
    sockets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_leave_the_directory_are_refused() {
        for bad in ["", "../ed-a", "a/b", ".hidden"] {
            assert!(
                of_device(bad)
                    .unwrap_err()
                    .to_string()
                    .contains("--control")
            );
        }
    }
}
