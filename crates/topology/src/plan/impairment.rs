//! Impairments of the paths between sites, by the sites' names.

use impairment::Impairment;
use serde::Serialize;

use crate::Resolved;

/// One direction between two sites, impaired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImpairedPath {
    /// The site that packets come from.
    pub from: String,
    /// The site that they go to.
    pub to: String,
    /// What becomes of them.
    #[serde(flatten)]
    pub asked: Impairment,
}

/// Those of the topology, in the order of their sites.
pub(super) fn paths(topology: &Resolved) -> Vec<ImpairedPath> {
    let name = |site| topology.site(site).name.clone();
    let path = |path: &crate::resolved::ImpairedPath| ImpairedPath {
        from: name(path.from),
        to: name(path.to),
        asked: path.asked.clone(),
    };
    topology.impaired_paths().iter().map(path).collect()
}
