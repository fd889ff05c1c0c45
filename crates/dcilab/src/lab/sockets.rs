//! Where a lab's edge devices listen: a directory of its own, which goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{LabError, private_directory};

/// The directory of one lab's control sockets.
///
/// One process may have one lab after the other. A lab that failed leaves devices that are killed but have
/// not ended yet, or were started by a script that was killed in their stead: they still listen, and the
/// next lab, whose devices have the same names, must not take them for its own.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn make() -> Result<Self, LabError> {
        static LABS: AtomicU32 = AtomicU32::new(0);
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let path = private_directory().join(format!("control-{number}"));
        fs::create_dir_all(&path).map_err(LabError::file(format!("make {}", path.display())))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // It is inside the lab's own mounts, and gone with them in any case.
        let _ = fs::remove_dir_all(&self.0);
    }
}
