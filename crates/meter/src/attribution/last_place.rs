//! The last place where a lost probe was seen. The rule is in the text of `Attribution::new`.

use std::collections::BTreeMap;

use super::{At, LostProbe, Scene};
use crate::capture::{CapturePoint, Direction, Role, Seen};

/// The last place.
#[derive(Clone, Copy, Debug)]
pub(super) enum LastPlace<'a> {
    /// Seen nowhere on its way.
    Nowhere,
    /// Left its host.
    HostOut(&'a CapturePoint),
    /// Came into an edge device from the site.
    SitePortIn(&'a CapturePoint, &'a Seen),
    /// Left an edge device in a tunnel.
    UplinkOut(&'a CapturePoint, &'a Seen),
    /// Came into an edge device in a tunnel.
    UplinkIn(&'a CapturePoint, &'a Seen),
    /// Left an edge device towards its site.
    SitePortOut(&'a CapturePoint, &'a Seen),
    /// Reached the receiver's link.
    HostIn(&'a CapturePoint),
}

/// Which copy a sighting is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Copy<'a> {
    /// Before any device has sent it on.
    Original,
    /// On its way to, or through, this device; an address that is no device's has no name.
    To(&'a str),
    /// At the receiver.
    Arrived,
}

impl<'a> LastPlace<'a> {
    pub(super) fn of(scene: &Scene<'a>, probe: &LostProbe, seen: &[At<'a>]) -> Self {
        let mut copies: BTreeMap<Copy<'_>, Vec<(&Seen, Self)>> = BTreeMap::new();
        for (seen, point) in seen {
            if let Some((copy, place)) = classify(scene, seen, point) {
                copies.entry(copy).or_default().push((seen, place));
            }
        }
        let holder = scene.path.holder_at(probe.sent_at).map(Copy::To);
        let arrived = copies.get(&Copy::Arrived);
        let chosen = arrived
            .or_else(|| copies.get(&holder?))
            .or_else(|| first_seen(&copies))
            .or_else(|| copies.get(&Copy::Original));
        let farthest =
            chosen.and_then(|copy| copy.iter().max_by_key(|(seen, at)| (at.stage(), seen.at)));
        farthest.map_or(Self::Nowhere, |(_, place)| *place)
    }

    /// How far on the way.
    const fn stage(&self) -> u8 {
        match self {
            Self::Nowhere => 0,
            Self::HostOut(_) => 1,
            Self::SitePortIn(..) => 2,
            Self::UplinkOut(..) => 3,
            Self::UplinkIn(..) => 4,
            Self::SitePortOut(..) => 5,
            Self::HostIn(_) => 6,
        }
    }
}

/// Of the copies to devices, the one that was seen first.
fn first_seen<'m, 'a>(
    copies: &'m BTreeMap<Copy<'a>, Vec<(&'a Seen, LastPlace<'a>)>>,
) -> Option<&'m Vec<(&'a Seen, LastPlace<'a>)>> {
    let to_devices = copies
        .iter()
        .filter(|(copy, _)| matches!(copy, Copy::To(_)));
    let earliest = |seen: &[(&Seen, LastPlace<'_>)]| seen.iter().map(|(seen, _)| seen.at).min();
    to_devices
        .min_by_key(|(_, seen)| earliest(seen))
        .map(|(_, seen)| seen)
}

fn classify<'a>(
    scene: &Scene<'a>,
    seen: &'a Seen,
    point: &'a CapturePoint,
) -> Option<(Copy<'a>, LastPlace<'a>)> {
    let path = scene.path;
    // Both ends of the tunnel name the device that the copy is for by its address.
    let target = || -> Option<Copy<'a>> {
        let address = seen.tunnel?.destination;
        let device = scene
            .devices
            .iter()
            .find(|device| device.address == address);
        Some(Copy::To(device.map_or("", |device| &device.name)))
    };
    match (&point.role, seen.direction) {
        (Role::HostLink, Direction::Out) if point.node == path.sender => {
            Some((Copy::Original, LastPlace::HostOut(point)))
        }
        (Role::HostLink, Direction::In) if point.node == path.receiver => {
            Some((Copy::Arrived, LastPlace::HostIn(point)))
        }
        (Role::HostLink, _) => None,
        (Role::SitePort { .. }, Direction::In) => {
            Some((Copy::Original, LastPlace::SitePortIn(point, seen)))
        }
        (Role::SitePort { .. }, Direction::Out) => {
            Some((Copy::To(&point.node), LastPlace::SitePortOut(point, seen)))
        }
        (Role::Uplink, Direction::Out) => Some((target()?, LastPlace::UplinkOut(point, seen))),
        (Role::Uplink, Direction::In) => Some((target()?, LastPlace::UplinkIn(point, seen))),
    }
}
