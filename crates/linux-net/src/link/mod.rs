//! Links of a namespace: virtual Ethernet pairs and bridges, made, changed, moved, watched.

mod add;
mod change;
mod state;
mod trial;
mod wait;

pub use add::{BridgeConfig, VethEnd, add_bridge, add_veth};
pub(crate) use add::{bridge_message, veth_message};
pub use change::{delete, move_to, set_address, set_down, set_master, set_mtu, set_up};
pub use state::{BridgePort, Link, Oper, find, get};
pub use trial::{TrialKind, try_kind, try_netem};
pub use wait::{Condition, wait_until, wait_until_all};
