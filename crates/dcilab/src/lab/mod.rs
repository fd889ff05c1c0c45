//! A running lab: namespaces, links and edge devices, made as a plan says.
//!
//! Nothing here decides what to make: [`topology::Plan`] does. The lab lives inside the isolation that
//! the process entered at its start, so whatever happens to the process, nothing of it stays outside.

mod awaited;
mod build;
mod control;
mod descriptors;
mod device_files;
mod edge_process;
mod error;
mod journal;
mod ready;
mod sockets;

use core::time::Duration;
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

/// That a device has ended is known within this.
const END_NEWS: Duration = Duration::from_secs(1);

/// A directory that exists only inside the isolation: sockets and files there vanish with the lab.
#[must_use]
pub fn private_directory() -> PathBuf {
    PathBuf::from(NETNS_DIRECTORY).join(".dcilab")
}

/// The namespaces of a lab, by node. Dropped, they give their names free: the next lab of this process
/// wants the same ones, even when this one has failed.
#[derive(Default)]
struct Namespaces(BTreeMap<String, Namespace>);

impl Namespaces {
    fn get(&self, node: &NodeName) -> Result<&Namespace, LabError> {
        let node = node.as_str();
        self.0.get(node).ok_or_else(|| LabError::UnknownNode {
            node: node.to_owned(),
        })
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for namespace in self.0.values() {
            if let Err(problem) = namespace.remove() {
                tracing::warn!("{problem}");
            }
        }
    }
}

/// A running lab. Dropped, it is taken down without order: devices are killed, namespaces removed.
pub struct Lab {
    plan: Arc<Plan>,
    namespaces: Namespaces,
    devices: Vec<EdgeProcess>,
    journal: Journal,
    /// Kept as long as the devices are.
    _sockets: sockets::Directory,
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
        self.namespaces.get(node)
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

    /// The reason behind an error. A device that has ended does not answer, either; how it ended, which
    /// is heard a moment later, says more.
    pub(crate) async fn explain(&self, error: LabError) -> LabError {
        if !matches!(error, LabError::Control { .. }) {
            return error;
        }
        let until_it_ends = |_: &[JournalEntry]| vec![error.to_string()];
        let news = self
            .journal
            .wait_until("the end of a device", END_NEWS, until_it_ends);
        match news.await {
            Err(ended @ LabError::DeviceEnded { .. }) => ended,
            _ => error,
        }
    }

    /// Ends the edge devices in an orderly way and takes the namespaces down.
    ///
    /// # Errors
    /// Everything that could not be taken down; the rest was.
    pub async fn tear_down(&self) -> Result<(), LabError> {
        // All at once: each waits for its own end alone.
        let ends = self.devices.iter().map(EdgeProcess::end);
        let ended = futures_util::future::join_all(ends).await;
        let problems = ended.into_iter().filter_map(Result::err);
        let mut problems: Vec<_> = problems.map(|problem| problem.to_string()).collect();
        for namespace in self.namespaces.0.values() {
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
