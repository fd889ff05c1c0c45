//! Every frame received is forwarded, consumed or dropped, and each device counts it so.

use std::collections::BTreeMap;

use edge::{EdgeDevice, LinkId, Verdict};

use super::Ed;
use super::names::{link_name, peer_on};

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

    pub fn public(&mut self, ed: Ed, link: LinkId, verdict: Verdict) {
        self.enter((ed, link_name(peer_on(ed, link))), verdict);
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

    /// Compares with what the devices counted. Holds as long as no device fails to send.
    pub fn check(&self, devices: &[EdgeDevice]) {
        for ((ed, name), account) in &self.of {
            let counters = devices[*ed].counters();
            let found = counters.interfaces.iter().find(|row| *row.name == **name);
            let row = found.expect("every interface has a row");
            let drops: BTreeMap<_, _> = row
                .drops
                .iter()
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
