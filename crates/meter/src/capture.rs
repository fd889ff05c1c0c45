//! Where frames are captured, and what was seen there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wire::Timestamp;

use crate::sighting::{Sighting, Tunnel};
use crate::{FlowId, Sequence};

/// Number of a capture point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PointId(pub u16);

/// An interface on which a run captures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturePoint {
    /// Its number.
    pub id: PointId,
    /// The node that owns the interface.
    pub node: Arc<str>,
    /// The interface's name there.
    pub interface: Arc<str>,
    /// What the interface is for.
    pub role: Role,
    /// The node at the other end of the link: where a frame that went out is next.
    pub beyond: Arc<str>,
    /// Frames that the capture itself missed. Then a probe may have come farther than it was seen.
    pub missed: u64,
}

/// What a captured interface is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "kebab-case")]
pub enum Role {
    /// The own interface of a host, the VM's included.
    HostLink,
    /// A site port of an edge device.
    SitePort {
        /// The port's name, as in the MAC table.
        port: Arc<str>,
    },
    /// The public port of an edge device.
    Uplink,
}

/// Which way a frame went, seen from the node that owns the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The node received it.
    In,
    /// The node sent it.
    Out,
}

/// One probe at one capture point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Flow of the probe.
    pub flow: FlowId,
    /// Number of the probe.
    pub sequence: Sequence,
    /// Where.
    pub point: PointId,
    /// Which way.
    pub direction: Direction,
    /// The capture's stamp.
    pub at: Timestamp,
    /// The tunnel that it was in.
    pub tunnel: Option<Tunnel>,
    /// Bytes of the whole frame on that link.
    pub length: u32,
}

impl Seen {
    /// The probe of a captured frame; `None` when it carries none.
    #[must_use]
    pub fn in_frame(
        point: PointId,
        direction: Direction,
        at: Timestamp,
        frame: &[u8],
        length: u32,
    ) -> Option<Self> {
        let Sighting {
            flow,
            sequence,
            encapsulated,
            ..
        } = Sighting::in_frame(frame)?;
        Some(Self {
            flow,
            sequence,
            point,
            direction,
            at,
            tunnel: encapsulated,
            length,
        })
    }
}
