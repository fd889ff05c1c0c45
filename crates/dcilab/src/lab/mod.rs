//! A running lab: namespaces, links and edge devices, made as a plan says.
//!
//! Nothing here decides what to make: [`topology::Plan`] does. The lab lives inside the isolation that
//! the process entered at its start, so whatever happens to the process, nothing of it stays outside.

mod build;
mod control;
mod device_files;
mod edge_process;
mod error;
mod journal;
mod ready;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use linux_net::isolate::NETNS_DIRECTORY;
use linux_net::namespace::Namespace;
use topology::Plan;
use topology::plan::NodeName;

pub use control::EdgeControl;
pub use edge_process::EdgeProgram;
pub use error::LabError;
pub use journal::{Journal, JournalEntry};
pub use ready::ExpectedEntry;

use edge_process::EdgeProcess;

/// A directory that exists only inside the isolation: sockets and files there vanish with the lab.
#[must_use]
pub fn private_directory() -> PathBuf {
    PathBuf::from(NETNS_DIRECTORY).join(".dcilab")
}

/// A running lab.
pub struct Lab {
    plan: Arc<Plan>,
    namespaces: BTreeMap<String, Namespace>,
    devices: Vec<EdgeProcess>,
    journal: Journal,
}

impl Lab {
    /// The plan it was made from.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The namespace of a node of the plan.
    ///
    /// # Errors
    /// The plan has no such node.
    pub fn namespace(&self, node: &NodeName) -> Result<&Namespace, LabError> {
        self.namespaces
            .get(node.as_str())
            .ok_or_else(|| LabError::UnknownNode {
                node: node.as_str().to_owned(),
            })
    }

    /// What the edge devices have reported so far, and what they will.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The control of each edge device, in the order of the plan.
    pub fn edge_devices(&self) -> impl Iterator<Item = &EdgeControl> {
        self.devices.iter().map(EdgeProcess::control)
    }

    /// Ends the edge devices in an orderly way and takes the namespaces down.
    ///
    /// # Errors
    /// Everything that could not be taken down; the rest was.
    pub async fn tear_down(self) -> Result<(), LabError> {
        let mut problems = Vec::new();
        for device in self.devices {
            if let Err(problem) = device.end().await {
                problems.push(problem.to_string());
            }
        }
        for namespace in self.namespaces.values() {
            if let Err(problem) = namespace.remove() {
                problems.push(problem.to_string());
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(LabError::TearDown { problems })
        }
    }
}
