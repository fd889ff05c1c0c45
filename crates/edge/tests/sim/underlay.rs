//! The public network: every path, and the frames on their way.

use std::collections::BTreeMap;

use wire::Timestamp;

use super::path::{Kind, Path};
use super::{Ed, Setup};

/// A frame on its way from one device to another.
#[derive(Clone, Debug)]
pub struct Flight {
    pub from: Ed,
    pub to: Ed,
    pub kind: Kind,
    /// How often the frame has crossed the public network when it arrives.
    pub hops: u32,
    /// The public network made this copy, or the one that it follows from.
    pub duplicate: bool,
    pub bytes: Vec<u8>,
}

pub struct Underlay {
    paths: BTreeMap<(Ed, Ed), Path>,
    in_flight: BTreeMap<(Timestamp, u64), Flight>,
    sent: u64,
    random: u64,
}

impl Underlay {
    pub fn new(setup: &Setup) -> Self {
        let pairs = (0..setup.devices).flat_map(|a| (0..setup.devices).map(move |b| (a, b)));
        Self {
            paths: pairs.map(|pair| (pair, Path::default())).collect(),
            in_flight: BTreeMap::new(),
            sent: 0,
            random: setup.seed,
        }
    }

    pub fn path(&mut self, from: Ed, to: Ed) -> &mut Path {
        self.paths.get_mut(&(from, to)).expect("both devices exist")
    }

    pub fn paths(&mut self) -> impl Iterator<Item = &mut Path> {
        self.paths.values_mut()
    }

    /// Sends a frame on its way; whether it gets lost.
    pub fn send(&mut self, now: Timestamp, flight: Flight) -> bool {
        let path = self.paths.get_mut(&(flight.from, flight.to));
        let path = path.expect("both devices exist");
        if path.loses(flight.kind, &mut self.random) {
            return true;
        }
        let mut copies = vec![flight];
        if path.doubles(&mut self.random) {
            let copy = Flight {
                duplicate: true,
                ..copies[0].clone()
            };
            copies.push(copy);
        }
        for copy in copies {
            self.sent += 1;
            let at = now + path.delay(copy.kind, &mut self.random);
            self.in_flight.insert((at, self.sent), copy);
        }
        false
    }

    /// When the next frame arrives.
    pub fn next_arrival(&self) -> Option<Timestamp> {
        self.in_flight.keys().next().map(|(at, _)| *at)
    }

    /// A frame that has arrived at `now`.
    pub fn arrived(&mut self, now: Timestamp) -> Option<Flight> {
        let entry = self.in_flight.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }
}
