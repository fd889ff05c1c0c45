//! What can go wrong with a lab.

use core::time::Duration;

/// Why a lab could not be brought up, or did not go on to work.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The kernel refused a part of the plan.
    #[error("{what}: {source}")]
    Kernel {
        /// The part.
        what: String,
        /// Why.
        source: linux_net::Error,
    },
    /// Work in a namespace panicked.
    #[error("{what}: the thread of the namespace panicked; this is a defect of dcilab")]
    Panicked {
        /// What was going on.
        what: String,
    },
    /// A file of the lab could not be written.
    #[error("{what}: {source}")]
    File {
        /// What was to be done.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The plan has no such node.
    #[error("the plan has no node `{node}`")]
    UnknownNode {
        /// The name.
        node: String,
    },
    /// An edge device ended.
    #[error("edge device {name} ended ({status}); its last lines:\n{last_lines}")]
    DeviceEnded {
        /// Its name.
        name: String,
        /// How.
        status: String,
        /// The end of its log, indented.
        last_lines: String,
    },
    /// An edge device gave no usable answer.
    #[error("edge device {name}: {problem}")]
    Control {
        /// Its name.
        name: String,
        /// What happened.
        problem: String,
    },
    /// What was asked cannot be done.
    #[error("{what}: {problem}")]
    Impossible {
        /// What was asked.
        what: String,
        /// Why it cannot be done, and what can.
        problem: String,
    },
    /// A condition did not come true in time.
    #[error("{what} did not happen within {within:?}; still missing:\n{missing}")]
    Deadline {
        /// The condition.
        what: String,
        /// How long was waited.
        within: Duration,
        /// What of it was missing.
        missing: String,
    },
    /// Not all could be taken down.
    #[error("could not take everything down:\n  {}", problems.join("\n  "))]
    TearDown {
        /// Each problem.
        problems: Vec<String>,
    },
}

impl LabError {
    /// For `map_err`: names the part of the plan that the kernel refused.
    pub(crate) fn kernel<S: Into<String>>(what: S) -> impl FnOnce(linux_net::Error) -> Self {
        move |source| Self::Kernel {
            what: what.into(),
            source,
        }
    }

    /// For `map_err`: names what was to be done with a file.
    pub(crate) fn file<S: Into<String>>(what: S) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
            what: what.into(),
            source,
        }
    }
}
