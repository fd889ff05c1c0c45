//! Topologies that are built in, so that the program works from anywhere.

/// `topologies/three-site.toml`.
pub(super) const THREE_SITE: (&str, &str) = (
    "three-site.toml",
    include_str!("../../../../topologies/three-site.toml"),
);
