//! Instances on one virtual clock: a file a topic.

#![allow(clippy::unwrap_used)] // The exemption for tests does not reach their helpers.

mod authentication;
mod bench;
mod flooding;
mod graph;
mod lifetime;
mod limits;
mod profiles;
mod purges;
mod reconfigure;
mod robustness;
mod size;
mod static_macs;
