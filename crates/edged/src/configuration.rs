//! The configuration's file: read at the start, and again whenever a reload is asked for.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edge_api::EdgeConfig;

/// Where the configuration is.
///
/// It is opened by its path each time: editors replace a file by another one of the same name. So a
/// device that has given up its right to open files needs to keep that of reading in this directory.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile(Arc<Path>);

impl ConfigFile {
    pub(crate) fn new(path: &Path) -> Self {
        // An empty path has no absolute one, and cannot be read either.
        let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
        Self(path.into())
    }

    /// Reads and checks the configuration: the one place that does.
    ///
    /// # Errors
    /// All that is wrong with it, each with the key, and with the line where the text itself cannot be
    /// understood.
    pub(crate) fn read(&self) -> Result<EdgeConfig, Vec<String>> {
        let path = self.0.display();
        let text = fs::read_to_string(&self.0)
            .map_err(|error| vec![format!("cannot read the configuration {path}: {error}")])?;
        let config: EdgeConfig = toml::from_str(&text)
            .map_err(|error| vec![format!("in the configuration {path}: {error}")])?;
        match config.validate() {
            Ok(()) => Ok(config),
            Err(errors) => Err(errors
                .iter()
                .map(|error| format!("in the configuration {path}: {error}"))
                .collect()),
        }
    }
}
