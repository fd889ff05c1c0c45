//! The files of an edge device: the configuration that it reads, and what a run keeps of it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use edge_api::EdgeConfig;

use super::{LabError, private_directory};

const FILE: &str = "edged.toml";
/// Permissions of a file that a run keeps, less the umask, and of one with a key in it.
const SHOWN: u32 = 0o644;
const SECRET: u32 = 0o600;
/// What a kept configuration says in place of the key, which is for the device alone.
const KEY_NOT_KEPT: &str = "# igp.authentication is set, and not kept here\n";

/// Writes a device's configuration to `directory`, and says which file the device is to read.
///
/// A key of the area does not go there, since a run's directory is shown around: then the device reads
/// another file, which exists inside the lab alone.
pub(super) fn write_configuration(
    config: &EdgeConfig,
    directory: &Path,
) -> Result<PathBuf, LabError> {
    let (name, file) = (&config.name, directory.join(FILE));
    let unwritable = |error: toml::ser::Error| LabError::Control {
        name: name.clone(),
        problem: format!("its configuration cannot be written: {error}"),
    };
    let text = toml::to_string(config).map_err(unwritable)?;
    let Some(key) = &config.igp.authentication else {
        write(&file, &text, SHOWN)?;
        return Ok(file);
    };
    write(&file, &format!("{KEY_NOT_KEPT}{text}"), SHOWN)?;
    let mut whole = toml::Table::try_from(config).map_err(unwritable)?;
    let key = String::from_utf8_lossy(key.octets()).into_owned();
    if let Some(toml::Value::Table(igp)) = whole.get_mut("igp") {
        igp.insert("authentication".to_owned(), key.into());
    }
    let private = private_directory().join("keyed").join(name);
    fs::create_dir_all(&private).map_err(failed("make", &private))?;
    let file = private.join(FILE);
    write(&file, &toml::to_string(&whole).map_err(unwritable)?, SECRET)?;
    Ok(file)
}

fn write(file: &Path, text: &str, mode: u32) -> Result<(), LabError> {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(mode);
    let written = options
        .open(file)
        .and_then(|mut open| open.write_all(text.as_bytes()));
    written.map_err(failed("write to", file))
}

fn failed(verb: &str, path: &Path) -> impl FnOnce(std::io::Error) -> LabError + use<> {
    LabError::file(format!("{verb} {}", path.display()))
}
