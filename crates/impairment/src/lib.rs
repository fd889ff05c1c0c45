//! Impairments of a path between two sites: what is asked for, and what becomes of each packet.
//!
//! ```text
//! packet n at time t --> Line::offer --> dropped, with a reason, or due at a later time
//!                        Line::next_deadline, Line::take_due --> the packet, when it is due
//! ```
//!
//! Pure: time is an argument, and whatever is random follows from a seed. Whoever has packets and a clock
//! drives a [`Line`]. The words mean what they mean to the queueing discipline `netem`, so that the same
//! impairment comes out the same by either.
//!
//! The fate of packet n depends on the seed, the names of the two sites and n alone: not on when it came,
//! nor on what else is asked of the path, unless the queue was full.

mod asked;
mod line;
mod loss;
mod path;
mod rate;
mod seed;
mod share;
mod statistics;

pub use asked::{DEFAULT_QUEUE, Impairment, MAX_DELAY, MAX_QUEUE, Unusable};
pub use line::{Due, Line, PathId};
pub use path::{DropReason, Fate, Traffic};
pub use rate::{BadRate, Rate};
pub use seed::path_seed;
pub use share::{BadShare, Share};
pub use statistics::{Delay, Statistics};
