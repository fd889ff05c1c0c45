//! Topology files: from text to every kernel object of a lab, in order.
//!
//! Three stages, all pure: the caller reads the file, and applies the plan.
//!
//! ```text
//! text --raw--> Topology --resolved--> Resolved --plan--> Plan
//!       format            meaning                 namespaces, veth pairs, bridges, addresses, ...
//! ```
//!
//! - [`raw`]: the format. Every key is known and has its type; nothing refers to anything yet.
//! - [`resolved`]: the meaning. References are indexes ([`SiteId`], [`HostId`], [`VlanIndex`]), defaults
//!   are filled in, and whatever could not work is refused, all at once ([`Diagnostics`]).
//! - [`plan`]: what to make, in the order to make it. The same topology gives the same plan, byte for
//!   byte.

pub mod diagnostic;
mod generate;
pub mod plan;
mod prefix;
pub mod raw;
pub mod resolved;
mod source;

#[cfg(test)]
mod tests;

pub use diagnostic::{Code, Diagnostic, Diagnostics, Severity, known, unknown};
pub use generate::Shape;
pub use plan::Plan;
pub use prefix::{Ipv4Prefix, ParsePrefixError};
pub use raw::{Topology, schema};
pub use resolved::{
    Announce, AttachmentKind, HostId, Mesh, MigrationStyle, ProbeDirection, ProbedVms, Resolved,
    Role, SiteId, VlanIndex,
};
pub use source::{Source, setting_without_key};
