//! From the last place of a lost probe to what killed it.

use core::time::Duration;
use std::sync::Arc;

use edge_api::{Binding, DropReason, MacState};
use wire::Timestamp;

use super::last_place::LastPlace;
use super::{FlowPath, LostProbe, Place, Scene};
use crate::capture::{CapturePoint, Role, Seen};
use crate::log::SendOutcome;

/// A device reads a frame a moment after the capture stamped it; an entry that changed meanwhile may
/// have decided.
const SLACK: Duration = Duration::from_millis(2);

/// What killed a probe. Equal causes are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cause {
    pub(super) place: Place,
    pub(super) node: Arc<str>,
    pub(super) reason: String,
    pub(super) drop: Option<DropReason>,
}

impl Cause {
    fn new(place: Place, node: &Arc<str>, reason: impl Into<String>) -> Self {
        Self {
            place,
            node: Arc::clone(node),
            reason: reason.into(),
            drop: None,
        }
    }
}

/// The caller gave another log than the report was made from.
pub(super) fn not_in_log(path: &FlowPath) -> Cause {
    Cause::new(Place::Unobserved, &path.sender, "not in the sender's log")
}

pub(super) fn of(scene: &Scene<'_>, probe: &LostProbe, last: LastPlace<'_>) -> Cause {
    match last {
        LastPlace::Nowhere => nowhere(scene, probe),
        LastPlace::HostOut(point) => {
            let away = scene
                .path
                .sender_away
                .is_some_and(|away| away.covers(probe.sent_at));
            let reason = match away {
                true => "sent while the sender's link was being moved",
                false => "left its host, reached neither receiver nor edge device",
            };
            Cause::new(Place::Site, &point.beyond, reason)
        }
        LastPlace::SitePortIn(point, seen) => in_device(scene, point, seen, drop_from_site),
        LastPlace::UplinkIn(point, seen) => in_device(scene, point, seen, drop_from_public),
        LastPlace::UplinkOut(point, seen) => in_underlay(scene, point, seen),
        LastPlace::SitePortOut(point, seen) => in_site(scene, point, seen),
        LastPlace::HostIn(point) => Cause::new(
            Place::ReceiverHost,
            &point.node,
            "reached its host's link, not its socket",
        ),
    }
}

fn nowhere(scene: &Scene<'_>, probe: &LostProbe) -> Cause {
    let path = scene.path;
    let is_own_link =
        |point: &CapturePoint| point.role == Role::HostLink && point.node == path.sender;
    if let SendOutcome::Refused { errno } = probe.outcome {
        let reason = format!("the host's kernel refused it (errno {errno})");
        return Cause::new(Place::SenderHost, &path.sender, reason);
    }
    if path
        .sender_away
        .is_some_and(|away| away.covers(probe.sent_at))
    {
        let reason = "the host's own link was down: it was being moved";
        return Cause::new(Place::SenderHost, &path.sender, reason);
    }
    if scene.points.iter().any(is_own_link) {
        return Cause::new(Place::SenderHost, &path.sender, "never left its host");
    }
    Cause::new(
        Place::Unobserved,
        &path.sender,
        "seen nowhere, and its host's link is not captured",
    )
}

/// Came into a device and did not leave it.
fn in_device(
    scene: &Scene<'_>,
    point: &CapturePoint,
    seen: &Seen,
    drop_of: fn(&CapturePoint, Option<&Binding>) -> Option<DropReason>,
) -> Cause {
    let unexplained = |reason: String| Cause::new(Place::EdgeDevice, &point.node, reason);
    let Some(history) = scene.path.entries.get(&point.node) else {
        return unexplained("not forwarded; the device's MAC entry is not known".to_owned());
    };
    let explained = history
        .from(seen.at, SLACK)
        .find_map(|entry| Some((drop_of(point, entry)?, entry)));
    let entry = explained.map_or_else(|| history.at(seen.at), |(_, entry)| entry);
    let local = entry.is_some_and(|entry| entry.state == MacState::Local);
    let gone = if local {
        gone(scene, point, seen.at)
    } else {
        ""
    };
    match explained {
        Some((drop, _)) => {
            let reason = format!("{}: {}{gone}", name(entry), drop.describe());
            Cause {
                drop: Some(drop),
                ..unexplained(reason)
            }
        }
        None if is_out_of_sight(scene, point, entry) => {
            // Whatever leaves by it reaches its host, and that end is captured.
            let drop = DropReason::PortDown;
            let reason = format!("{}: {}{gone}", name(entry), drop.describe());
            Cause {
                drop: Some(drop),
                ..unexplained(reason)
            }
        }
        None => unexplained(format!("{}, yet it was not forwarded{gone}", name(entry))),
    }
}

/// Whether an entry leads to a site port that is not captured: one that comes and goes with its host.
fn is_out_of_sight(scene: &Scene<'_>, point: &CapturePoint, entry: Option<&Binding>) -> bool {
    let Some(entry) = entry.filter(|entry| entry.state == MacState::Local) else {
        return false;
    };
    let is_it = |p: &&CapturePoint| {
        let is_port =
            matches!(&p.role, Role::SitePort { port } if entry.port.as_ref() == Some(port));
        is_port && p.node == point.node
    };
    scene.points.iter().find(is_it).is_none()
}

/// Why a device drops a unicast frame from its site, if the entry is the reason.
fn drop_from_site(point: &CapturePoint, entry: Option<&Binding>) -> Option<DropReason> {
    let Some(entry) = entry else {
        return Some(DropReason::UnknownUnicast);
    };
    let same_port = match &point.role {
        Role::SitePort { port } => entry.port.as_ref() == Some(port),
        Role::HostLink | Role::Uplink => false,
    };
    (entry.state == MacState::Local && same_port).then_some(DropReason::LocalSamePort)
}

/// Why a device drops a unicast frame from the public side, if the entry is the reason.
fn drop_from_public(_: &CapturePoint, entry: Option<&Binding>) -> Option<DropReason> {
    match entry.map(|entry| entry.state) {
        None => Some(DropReason::NoEntryFromPublic),
        Some(MacState::Flood) => Some(DropReason::FloodFromPublic),
        Some(MacState::Remote | MacState::Redirect) => Some(DropReason::SplitHorizon),
        Some(MacState::Local) => None,
    }
}

fn in_underlay(scene: &Scene<'_>, point: &CapturePoint, seen: &Seen) -> Cause {
    let address = seen.tunnel.map(|tunnel| tunnel.destination);
    let target = scene
        .devices
        .iter()
        .find(|device| Some(device.address) == address);
    let Some(target) = target else {
        let reason = format!(
            "sent by {} to an address that is no edge device's",
            point.node
        );
        return Cause::new(Place::Underlay, &point.beyond, reason);
    };
    let captured = scene
        .points
        .iter()
        .any(|point| point.role == Role::Uplink && point.node == target.name);
    let (from, to) = (&point.node, &target.name);
    let reason = match captured {
        true => format!("sent by {from} to {to}, did not arrive there"),
        false => format!("sent by {from} to {to}, whose uplink is not captured"),
    };
    Cause::new(Place::Underlay, &point.beyond, reason)
}

/// Left a device towards its site.
///
/// Frames leave in batches: the entry may have changed between the decision and the stamp. Only a
/// local entry sends a frame out of a site port, so the latest of those decided.
fn in_site(scene: &Scene<'_>, point: &CapturePoint, seen: &Seen) -> Cause {
    let port = match &point.role {
        Role::SitePort { port } => port,
        Role::HostLink | Role::Uplink => &point.interface,
    };
    let sends =
        |entry: &&Binding| entry.state == MacState::Local && entry.port.as_ref() == Some(port);
    let history = scene.path.entries.get(&point.node);
    let entry = history.and_then(|history| {
        let decided = history.back_from(seen.at).flatten().find(sends);
        decided.or_else(|| history.at(seen.at))
    });
    let gone = gone(scene, point, seen.at);
    let gone = if gone.is_empty() {
        ", lost in the site"
    } else {
        gone
    };
    let reason = format!(
        "sent out of {port} of {} by {}{gone}",
        point.node,
        name(entry)
    );
    Cause::new(Place::Site, &point.beyond, reason)
}

/// Why the receiver could not be reached through this device's site.
fn gone(scene: &Scene<'_>, point: &CapturePoint, at: Timestamp) -> &'static str {
    let path = scene.path;
    if path
        .holder_at(at)
        .is_some_and(|holder| *holder != *point.node)
    {
        ", receiver gone"
    } else if path.receiver_away.is_some_and(|away| away.covers(at)) {
        ", receiver's link not up yet"
    } else {
        ""
    }
}

fn name(entry: Option<&Binding>) -> String {
    entry.map_or_else(|| "no entry".to_owned(), |entry| format!("entry {entry}"))
}
