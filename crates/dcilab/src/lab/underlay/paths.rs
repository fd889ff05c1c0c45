//! Paths between sites, by name.

use core::fmt;

use serde::{Deserialize, Serialize};
use topology::Plan;

use super::{LabError, site};

/// Any site.
const ANY: &str = "*";

/// One direction between two sites.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SitePath {
    /// The site that packets come from.
    pub from: String,
    /// The site that they go to.
    pub to: String,
}

impl fmt::Display for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} to {}", self.from, self.to))
    }
}

/// Which way between two sites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Both.
    #[default]
    Both,
    /// From the first to the second.
    OneWay,
}

/// See `Lab::paths`.
pub(super) fn between(
    plan: &Plan,
    from: &str,
    to: &str,
    direction: Direction,
) -> Result<Vec<SitePath>, LabError> {
    let all = || plan.edge_devices.iter().map(|device| device.site.as_str());
    let of = |name: &str| match name {
        ANY => Ok(all().collect::<Vec<_>>()),
        name => Ok::<_, LabError>(vec![site(plan, name)?]),
    };
    if from == to && from != ANY {
        return Err(LabError::Impossible {
            what: "impairment".to_owned(),
            problem: format!("a path leads from one site to another, not from `{from}` to itself"),
        });
    }
    let (from, to) = (of(from)?, of(to)?);
    let mut paths = Vec::new();
    for (from, to) in from
        .iter()
        .flat_map(|from| to.iter().map(move |to| (*from, *to)))
    {
        if from == to {
            continue;
        }
        paths.push(path(from, to));
        if direction == Direction::Both {
            paths.push(path(to, from));
        }
    }
    paths.sort_unstable();
    paths.dedup();
    Ok(paths)
}

/// All paths between two sets of sites.
pub(super) fn across<S: AsRef<str>>(
    plan: &Plan,
    sites: &[S],
    from: &[S],
) -> Result<Vec<SitePath>, LabError> {
    let mut paths = Vec::new();
    for (one, other) in sites
        .iter()
        .flat_map(|one| from.iter().map(move |other| (one, other)))
    {
        paths.extend(between(
            plan,
            one.as_ref(),
            other.as_ref(),
            Direction::Both,
        )?);
    }
    paths.sort_unstable();
    paths.dedup();
    Ok(paths)
}

fn path(from: &str, to: &str) -> SitePath {
    SitePath {
        from: from.to_owned(),
        to: to.to_owned(),
    }
}
