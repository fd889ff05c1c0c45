//! A result becomes the baseline.

use std::io::Write as _;
use std::path::Path;

use super::Gate;
use crate::ending::Ending;
use crate::gate::{self, Finding, Verdict};
use crate::result::ResultFile;

impl Gate {
    /// Stores a result that counts and keeps to the limits.
    pub(super) fn update(&self, file: &ResultFile, findings: &[Finding], ending: Ending) -> Ending {
        let Some(path) = &self.baseline else {
            return Ending::Invalid;
        };
        let verdict = gate::overall(findings);
        if !findings.is_empty() && verdict != Verdict::Passed {
            eprintln!(
                "{} is left as it is: the result does not keep to the limits",
                path.display()
            );
            return if verdict == Verdict::Failed {
                Ending::Fail
            } else {
                Ending::Inconclusive
            };
        }
        if ending != Ending::Pass || !file.is_conclusive() {
            eprintln!(
                "{} is left as it is: the result is inconclusive",
                path.display()
            );
            return if ending == Ending::Pass {
                Ending::Inconclusive
            } else {
                ending
            };
        }
        match store(path, file) {
            Ok(()) => {
                eprintln!("{} is the baseline now", path.display());
                Ending::Pass
            }
            Err(error) => {
                eprintln!(
                    "error: cannot write {}: {error}: name another --baseline",
                    path.display()
                );
                Ending::Invalid
            }
        }
    }
}

/// In one step: a baseline that is there stays whole until the new one is.
fn store(path: &Path, file: &ResultFile) -> std::io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut fresh = tempfile::NamedTempFile::new_in(parent.unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut fresh, file)?;
    fresh.write_all(b"\n")?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fresh.as_file().set_permissions(readable)?;
    fresh.persist(path)?;
    Ok(())
}
