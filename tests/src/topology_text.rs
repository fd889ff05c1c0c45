//! The topology that the tests run, and what it makes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use topology::plan::MigrationPlan;
use topology::{Plan, Resolved, Topology};

/// `topologies/three-site.toml`.
pub const THREE_SITE: &str = include_str!("../../topologies/three-site.toml");

/// Writes the three sites to a file, with another seed where one is given.
///
/// # Errors
/// The file cannot be written.
pub fn write(directory: &Path, seed: Option<u64>) -> anyhow::Result<PathBuf> {
    let text = match seed {
        Some(seed) => format!("seed = {seed}\n{THREE_SITE}"),
        None => THREE_SITE.to_owned(),
    };
    let file = directory.join("three-site.toml");
    std::fs::write(&file, text).with_context(|| file.display().to_string())?;
    Ok(file)
}

/// The three sites, read.
///
/// # Errors
/// The file is wrong.
pub fn three_site() -> anyhow::Result<Resolved> {
    let refused =
        |d: topology::Diagnostics| anyhow!(d.render("three-site.toml", THREE_SITE, false));
    Topology::load("three-site.toml", THREE_SITE).map_err(refused)
}

/// The move of a plan that has one, as that of the three sites.
///
/// # Panics
/// It has none.
#[must_use]
pub fn move_of(plan: &Plan) -> &MigrationPlan {
    plan.migration.as_ref().expect("the plan has a move")
}

/// Names of all links that a lab of the three sites makes.
///
/// # Errors
/// The file is wrong.
pub fn link_names() -> anyhow::Result<BTreeSet<String>> {
    let plan = three_site()?.plan();
    let ends = plan.veths.iter().flat_map(|veth| [&veth.near, &veth.far]);
    let of_veths = ends.map(|end| end.name.as_str().to_owned());
    let of_bridges = plan
        .bridges
        .iter()
        .map(|bridge| bridge.name.as_str().to_owned());
    Ok(of_veths.chain(of_bridges).collect())
}
