//! What is asked of the paths of a lab, against what was measured.

use impairment::{Impairment, Statistics};
use serde::{Deserialize, Serialize};

use super::SitePath;

/// What impairs the paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackEnd {
    /// Nothing does: the kernel routes.
    #[default]
    None,
    /// The kernel's queueing discipline.
    Netem,
    /// A process of ours that holds packets back.
    Relay,
}

impl core::fmt::Display for BackEnd {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Netem => "netem",
            Self::Relay => "relay",
        })
    }
}

/// The impaired paths of a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpairmentReport {
    /// What impairs them.
    pub back_end: BackEnd,
    /// Why it is that one.
    pub because: String,
    /// Packets that the relay never saw, because the machine did not keep up.
    pub overruns: u64,
    /// Each path of which something is asked.
    pub paths: Vec<PathReport>,
}

impl ImpairmentReport {
    /// Whether nothing is asked of any path.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// What is wrong with it: packets that the machine lost, and nobody asked to lose.
    #[must_use]
    pub fn disturbances(&self) -> Vec<String> {
        let refused: u64 = self.paths.iter().map(|path| path.measured.overrun).sum();
        let told = [
            (
                self.overruns,
                "came faster than the relay of the underlay could take them",
            ),
            (
                refused,
                "were held by the relay of the underlay, and could not be handed on",
            ),
        ];
        let lost = told.iter().filter(|(packets, _)| *packets > 0);
        lost.map(|(packets, how)| format!("{packets} packets {how}"))
            .collect()
    }
}

/// One path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathReport {
    /// From where to where.
    #[serde(flatten)]
    pub path: SitePath,
    /// What is asked.
    pub asked: Impairment,
    /// Whether it was asked of the running lab, and not by the topology.
    pub is_live: bool,
    /// Whether the two sites are partitioned.
    pub is_partitioned: bool,
    /// What was measured since it was last changed.
    pub measured: Statistics,
}
