//! Whole files through the whole crate.

mod diagnostics;
mod garbage;
mod plans;
mod settings;

use crate::{Diagnostics, Resolved, Topology};

/// The topology that ships with the project.
const THREE_SITE: &str = include_str!("../../../../topologies/three-site.toml");

fn load(text: &str) -> Result<Resolved, Diagnostics> {
    Topology::load("test.toml", text)
}

fn three_site() -> Resolved {
    match Topology::load("three-site.toml", THREE_SITE) {
        Ok(resolved) => resolved,
        Err(diagnostics) => panic!(
            "{}",
            diagnostics.render("three-site.toml", THREE_SITE, false)
        ),
    }
}

/// The text with one piece replaced, which has to be there.
fn edit(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not there");
    text.replacen(from, to, 1)
}
