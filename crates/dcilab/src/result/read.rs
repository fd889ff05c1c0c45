//! Result files, read again.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{ResultFile, SCHEMA_VERSION};

/// The oldest version that is still read: it has no repeats.
const OLDEST: u32 = 1;

/// A result that was stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What is in it, in today's shape.
    pub result: ResultFile,
    /// Where it is.
    pub path: PathBuf,
    /// The version that the file itself has.
    pub version: u32,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read {path}: {error}: name a result.json, or the directory of a run")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// There is nothing in it.
    #[error("{path} is empty: the run that should have written it did not end")]
    Empty {
        /// The file.
        path: String,
    },
    /// It ends in the middle.
    #[error("{path} is cut off in line {line}: copy it again, or make the run again")]
    Truncated {
        /// The file.
        path: String,
        /// The line.
        line: usize,
    },
    /// It is something else.
    #[error(
        "{path} is no result of dcilab: {problem}: name a result.json, or the directory of a run"
    )]
    Foreign {
        /// The file.
        path: String,
        /// What tells.
        problem: String,
    },
    /// It is of a version that is not known here.
    #[error(
        "{path} has schema version {found}, and this dcilab reads {OLDEST} to {SCHEMA_VERSION}: \
         use the dcilab that wrote it"
    )]
    Version {
        /// The file.
        path: String,
        /// Its version.
        found: String,
    },
    /// It has the right version, and not its shape.
    #[error("{path} is damaged: {problem}")]
    Damaged {
        /// The file.
        path: String,
        /// Where, and what.
        problem: String,
    },
}

impl Stored {
    /// Reads a `result.json`, or the one in the directory of a run.
    ///
    /// # Errors
    /// It is not there, or not a result of a version that is known.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let path = if path.is_dir() {
            path.join("result.json")
        } else {
            path.to_owned()
        };
        let name = path.display().to_string();
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(path, name, &bytes),
            Err(error) => Err(ReadError::Unreadable { path: name, error }),
        }
    }

    fn parse(file: PathBuf, path: String, bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(ReadError::Empty { path });
        }
        let value: Value = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) if error.is_eof() => {
                let line = error.line();
                return Err(ReadError::Truncated { path, line });
            }
            Err(error) => {
                let problem = error.to_string();
                return Err(ReadError::Foreign { path, problem });
            }
        };
        let version = match version(&value) {
            Ok(version) => version,
            Err(problem) => return Err(ReadError::Foreign { path, problem }),
        };
        let known = u32::try_from(version).ok();
        let known = known.filter(|known| (OLDEST..=SCHEMA_VERSION).contains(known));
        let Some(version) = known else {
            let found = version.to_string();
            return Err(ReadError::Version { path, found });
        };
        // Once more from the text, for the line of an error.
        match serde_json::from_slice::<ResultFile>(bytes) {
            Ok(result) => Ok(Self {
                result: ResultFile::new(result.runs, result.failed),
                path: file,
                version,
            }),
            Err(error) => {
                let problem = error.to_string();
                Err(ReadError::Damaged { path, problem })
            }
        }
    }

    /// The directory that the file is in, where the other files of a run are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("."))
    }
}

fn version(value: &Value) -> Result<u64, String> {
    let Some(top) = value.as_object() else {
        return Err("it is JSON, and no object".to_owned());
    };
    for key in ["schema_version", "dcilab", "runs"] {
        if !top.contains_key(key) {
            return Err(format!("it has no `{key}`"));
        }
    }
    let version = value["schema_version"].as_u64();
    version.ok_or_else(|| "its `schema_version` is no number".to_owned())
}
