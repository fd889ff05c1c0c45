//! Instances on one virtual clock: a file a topic.

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
