//! Every frame received is forwarded, consumed or dropped, and each device counts it so.

use std::collections::BTreeMap;

use edge::{EdgeDevice, Verdict};
use edge_api::DropReason;

use super::Ed;
use super::names::link_name;

/// What became of the frames received, by device and interface.
#[derive(Default)]
pub struct Accounts {
    of: BTreeMap<(Ed, String), Account>,
}

#[derive(Default)]
struct Account {
    passed: u64,
    dropped: BTreeMap<&'static str, u64>,
}

impl Accounts {
    pub fn site(&mut self, ed: Ed, port: u16, verdict: Verdict) {
        self.enter((ed, format!("port{}", port + 1)), verdict);
    }

    pub fn public(&mut self, ed: Ed, peer: Ed, verdict: Verdict) {
        self.enter((ed, link_name(peer)), verdict);
    }

    /// The link to a peer is no more, and its counters are not.
    pub fn close(&mut self, ed: Ed, peer: Ed) {
        self.of.remove(&(ed, link_name(peer)));
    }

    /// A new device counts from nothing.
    pub fn forget(&mut self, ed: Ed) {
        self.of.retain(|(of, _), _| *of != ed);
    }

    fn enter(&mut self, key: (Ed, String), verdict: Verdict) {
        let account = self.of.entry(key).or_default();
        match verdict {
            Verdict::Forwarded { .. } | Verdict::Consumed => account.passed += 1,
            Verdict::Dropped(reason) => *account.dropped.entry(reason.name()).or_default() += 1,
        }
    }

    /// Compares with what the devices counted on receipt. Holds as long as no device fails to send; what
    /// may not leave by a port is counted there, and left out here.
    pub fn check(&self, devices: &[EdgeDevice]) {
        for ((ed, name), account) in &self.of {
            let counters = devices[*ed].counters();
            let found = counters.interfaces.iter().find(|row| *row.name == **name);
            let row = found.expect("every interface has a row");
            let drops: BTreeMap<_, _> = row
                .drops
                .iter()
                .filter(|drop| drop.reason != DropReason::DoubleTagged)
                .map(|drop| (drop.reason.name(), drop.count))
                .collect();
            assert_eq!(drops, account.dropped, "drops of ED {ed} {name}");
            let dropped: u64 = drops.values().sum();
            assert_eq!(
                row.received_frames,
                account.passed + dropped,
                "ED {ed} {name}"
            );
        }
    }
}
