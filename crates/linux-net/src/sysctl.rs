//! Settings of a namespace's network stack, under `/proc/sys/net`.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::Error;
use crate::namespace::Namespace;

/// Writes a setting, as `net/ipv4/conf/all/rp_filter`.
///
/// # Errors
/// The path leads elsewhere than below `net/`, the setting does not exist here, or it refuses the
/// value.
pub async fn write(namespace: &Namespace, path: &str, value: &str) -> Result<(), Error> {
    let action = format!("set {path} to {value} in {}", namespace.name());
    let file = file(path)?;
    let value = value.to_owned();
    // The kernel shows the settings of the namespace of the thread that opens the file.
    namespace
        .run(move || fs::write(file, value))
        .await?
        .map_err(|e| Error::system(action, e))
}

/// A setting to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Where, as `net/ipv4/conf/all/rp_filter`.
    pub path: &'static str,
    /// What.
    pub value: &'static str,
    /// Whether a kernel that does not have the setting is as good.
    pub is_optional: bool,
}

/// Writes settings, in order.
///
/// # Errors
/// As [`write()`], of the first that failed.
pub async fn write_all(namespace: &Namespace, settings: Vec<Setting>) -> Result<(), Error> {
    let space = namespace.name().to_owned();
    let write_one = move |setting: &Setting| {
        let Setting { path, value, .. } = setting;
        match fs::write(file(path)?, value) {
            Err(e) if setting.is_optional && e.kind() == ErrorKind::NotFound => Ok(()),
            written => {
                let action = || format!("set {path} to {value} in {space}");
                written.map_err(|e| Error::system(action(), e))
            }
        }
    };
    namespace
        .run(move || settings.iter().try_for_each(write_one))
        .await?
}

/// Reads a setting, without the line's end.
///
/// # Errors
/// As [`write()`].
pub async fn read(namespace: &Namespace, path: &str) -> Result<String, Error> {
    let action = format!("read {path} in {}", namespace.name());
    let file = file(path)?;
    let text = namespace
        .run(move || fs::read_to_string(file))
        .await?
        .map_err(|e| Error::system(action, e))?;
    Ok(text.trim_end().to_owned())
}

fn file(path: &str) -> Result<PathBuf, Error> {
    let below_net = path.starts_with("net/") && !path.split('/').any(|part| part == "..");
    if below_net {
        return Ok(PathBuf::from("/proc/sys").join(path));
    }
    Err(Error::Answer {
        action: format!("find the setting {path}"),
        text: "only settings below net/ belong to a namespace".to_owned(),
    })
}
