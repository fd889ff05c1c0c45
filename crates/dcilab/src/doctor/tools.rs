//! Programs that are of use to who works with a lab.

use std::process::{Command, Stdio};

use super::Tool;

impl Tool {
    pub(super) const ALL: [Self; 3] = [Self::Tshark, Self::Tcpdump, Self::Frr];

    /// Its name, which is that of its package in Debian as well.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tshark => "tshark",
            Self::Tcpdump => "tcpdump",
            Self::Frr => "frr",
        }
    }

    const fn program(self) -> &'static str {
        match self {
            Self::Tshark => "tshark",
            Self::Tcpdump => "tcpdump",
            // Debian's place for daemons, which no PATH has.
            Self::Frr => "/usr/lib/frr/isisd",
        }
    }

    /// What is not there without it.
    pub(super) const fn use_of(self) -> &'static str {
        match self {
            Self::Tshark => {
                "captures cannot be read on a terminal, and tests that it judges are skipped"
            }
            Self::Tcpdump => "tests that it judges are skipped",
            Self::Frr => "tests of IS-IS against another implementation are skipped",
        }
    }

    /// The first line that it says of itself; `None` when it cannot be run.
    pub(super) fn version(self) -> Option<String> {
        let said = Command::new(self.program())
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let text = match said.stdout.is_empty() {
            true => said.stderr,
            false => said.stdout,
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let line = text.lines().next().filter(|_| said.status.success())?;
        Some(line.trim().trim_end_matches('.').to_owned())
    }
}
