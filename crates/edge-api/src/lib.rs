//! The contract with whoever runs an edge device (ED): configuration in; status, tables, counters
//! and events out.
//!
//! Plain data, no decision and no I/O. The edge device itself, the orchestrator and a person's script
//! speak it as JSON lines ([`protocol`]) over the ED's control socket.

mod config;
mod counters;
mod drop_reason;
mod event;
pub mod protocol;
mod reload;
mod security;
mod tables;

pub use config::{
    AnnouncementMessage, ConfigError, EdgeConfig, EviLinkConfig, IgpConfig, IsisCircuitConfig,
    MobilityConfig, Mode, PortVlans, PublicConfig, RateLimit, SitePortConfig, StaticMacConfig,
    TUNNEL_OVERHEAD,
};
pub use counters::{Counters, DropCount, InterfaceCounters};
pub use drop_reason::DropReason;
pub use event::{AnnouncementOutcome, Cause, Event, EventKind, Trigger};
pub use isis::{AdjacencyState, LspGeneration, TimerOverrides, TimerProfile, Timers};
pub use reload::{ConfigChange, LastReload, ReloadError, ReloadOutcome, Reloads};
pub use security::{CapabilitySets, Landlock, Protection, Seccomp, Security};
pub use tables::{
    AdjacencyMedium, AdjacencyRow, ArpRow, ArpStatus, Binding, Epoch, LspRow, MacRow, MacState,
    MacTable, Status,
};
