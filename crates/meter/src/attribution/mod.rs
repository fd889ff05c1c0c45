//! Where each lost probe died, and why: one death for each lost probe, so that the counts add up.
//!
//! The last place where a probe was seen decides ([`Attribution::new`] says which of several copies),
//! together with the MAC entry that the edge device had for the receiver at that moment.

mod cause;
mod entry_history;
mod last_place;
#[cfg(test)]
mod tests;

use core::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use edge_api::DropReason;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::Timestamp;

pub use entry_history::EntryHistory;

use crate::capture::{CapturePoint, PointId, Seen};
use crate::log::SendOutcome;
use crate::{FlowId, FlowReport, SentLog, Sequence};
use cause::Cause;
use last_place::LastPlace;

/// An edge device, as attribution needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its name: [`CapturePoint::node`] of its ports.
    pub name: Arc<str>,
    /// Its underlay address: tunnel packets carry it.
    pub address: Ipv4Addr,
}

/// From when on the receiver belongs to the site of an edge device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// From then on; for a VM that moves, from its detachment on the new device.
    pub since: Timestamp,
    /// Name of the device.
    pub device: Arc<str>,
}

/// A time during which a host's link was down because it was moved: `from` to before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// Detached.
    pub from: Timestamp,
    /// Attached.
    pub until: Timestamp,
}

impl Away {
    fn covers(&self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at)
    }
}

/// What is known of a flow's two ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowPath {
    /// The flow.
    pub flow: FlowId,
    /// Node of the sending host.
    pub sender: Arc<str>,
    /// Node of the receiving host.
    pub receiver: Arc<str>,
    /// When the sender was being moved.
    pub sender_away: Option<Away>,
    /// When the receiver was being moved.
    pub receiver_away: Option<Away>,
    /// Whose site the receiver is in, in order of time.
    pub holders: Vec<Holder>,
    /// By name of the device, the MAC entry for the receiver.
    pub entries: BTreeMap<Arc<str>, EntryHistory>,
}

impl FlowPath {
    /// The device whose site the receiver belongs to at `at`.
    fn holder_at(&self, at: Timestamp) -> Option<&str> {
        let holder = self.holders.iter().rfind(|holder| holder.since <= at);
        Some(&holder.or(self.holders.first())?.device)
    }
}

/// Which part of the network a probe died in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Inside the sending host.
    SenderHost,
    /// Inside a site: its switches and links.
    Site,
    /// Inside an edge device.
    EdgeDevice,
    /// In the public network.
    Underlay,
    /// Inside the receiving host.
    ReceiverHost,
    /// Nobody looked there.
    Unobserved,
}

/// Lost probes of one flow that died in the same place for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Death {
    /// The node they died in, or on whose link.
    pub node: Arc<str>,
    /// What part of the network that is.
    pub place: Place,
    /// Why, for people.
    pub reason: String,
    /// Why, as the edge device counts it; `None` outside of edge devices, and where the entry alone
    /// does not explain the loss.
    #[schemars(with = "Option<String>")]
    pub drop: Option<DropReason>,
    /// How many probes.
    pub count: u64,
    /// The first of them.
    pub first: Sequence,
    /// The last of them.
    pub last: Sequence,
}

/// Where a flow's lost probes died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attribution {
    /// The flow.
    pub flow: FlowId,
    /// Lost probes: the sum of the deaths.
    pub lost: u64,
    /// The deaths, the most frequent first.
    pub deaths: Vec<Death>,
    /// Frames that the captures missed. If it is not 0, probes may have come farther than is said.
    pub missed: u64,
}

/// One lost probe.
#[derive(Clone, Copy, Debug)]
struct LostProbe {
    sent_at: Timestamp,
    outcome: SendOutcome,
}

/// All that a cause is found from.
#[derive(Clone, Copy)]
struct Scene<'a> {
    path: &'a FlowPath,
    devices: &'a [Device],
    points: &'a [CapturePoint],
}

impl Attribution {
    /// Attributes every probe that `report` counts as lost to exactly one death.
    ///
    /// A probe may have been copied (a flood entry sends it on every EVI link), and each copy has a
    /// last place of its own. Copies are told apart by the device that they were sent to. The rule:
    /// 1. seen at the receiver's own link: it died there;
    /// 2. else, of the copies, the one to the device that held the receiver when the probe was sent;
    ///    without such a copy, the one that was seen first;
    /// 3. of that copy the place farthest on the way counts: uplink out, uplink in, site port out;
    /// 4. without any copy, the farthest place before the first device: host link, site port in.
    ///
    /// `sent` is the log that `report` was made from. Sightings of other flows, at unknown points or
    /// at bystanders' links (a site switch floods) do not count.
    #[must_use]
    pub fn new(
        report: &FlowReport,
        sent: &SentLog,
        path: &FlowPath,
        devices: &[Device],
        points: &[CapturePoint],
        seen: &[Seen],
    ) -> Self {
        let scene = Scene {
            path,
            devices,
            points,
        };
        let deaths = deaths(&scene, report, sent, seen);
        Self {
            flow: report.flow,
            lost: deaths.iter().map(|death| death.count).sum(),
            deaths,
            missed: points.iter().map(|point| point.missed).sum(),
        }
    }
}

/// One cause for each lost probe; equal causes are one death.
fn deaths(scene: &Scene<'_>, report: &FlowReport, sent: &SentLog, seen: &[Seen]) -> Vec<Death> {
    let sightings = by_lost_probe(report, seen, scene.points);
    let mut deaths: BTreeMap<Cause, (u64, Sequence, Sequence)> = BTreeMap::new();
    for sequence in report.lost_sequences() {
        let seen = sightings.get(&sequence).map_or(&[][..], Vec::as_slice);
        let cause = match sent.probes().get(sequence.index()) {
            Some(probe) => {
                let (sent_at, outcome) = (probe.sent_at, probe.outcome);
                let probe = LostProbe { sent_at, outcome };
                cause::of(scene, &probe, LastPlace::of(scene, &probe, seen))
            }
            None => cause::not_in_log(scene.path),
        };
        let (count, _, last) = deaths.entry(cause).or_insert((0, sequence, sequence));
        *count += 1;
        *last = sequence;
    }
    let counted = |(cause, (count, first, last)): (Cause, _)| Death {
        node: cause.node,
        place: cause.place,
        reason: cause.reason,
        drop: cause.drop,
        count,
        first,
        last,
    };
    let mut deaths: Vec<_> = deaths.into_iter().map(counted).collect();
    deaths.sort_by_key(|death| (Reverse(death.count), death.first));
    deaths
}

/// A sighting with the point it was made at.
type At<'a> = (&'a Seen, &'a CapturePoint);

fn by_lost_probe<'a>(
    report: &FlowReport,
    seen: &'a [Seen],
    points: &'a [CapturePoint],
) -> BTreeMap<Sequence, Vec<At<'a>>> {
    let points: BTreeMap<PointId, &CapturePoint> =
        points.iter().map(|point| (point.id, point)).collect();
    let mut by_probe: BTreeMap<Sequence, Vec<At<'a>>> = report
        .lost_sequences()
        .map(|sequence| (sequence, Vec::new()))
        .collect();
    for seen in seen.iter().filter(|seen| seen.flow == report.flow) {
        if let (Some(of_probe), Some(point)) =
            (by_probe.get_mut(&seen.sequence), points.get(&seen.point))
        {
            of_probe.push((seen, point));
        }
    }
    by_probe
}
