//! What was so before a trigger: what an assertion must not be satisfied by.

use std::collections::BTreeMap;

use edge_api::{Counters, DropReason, Epoch};
use linux_net::clock;
use wire::Timestamp;

use crate::lab::{Lab, LabError};

/// The lab, just before a trigger.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// When it was complete: what is stamped earlier is stale.
    pub(super) at: Timestamp,
    /// When the trigger had done what it does; none while it does.
    pub(super) ended: Option<Timestamp>,
    /// Events that had been heard.
    pub(super) events: usize,
    devices: BTreeMap<String, Before>,
}

/// One edge device before the trigger.
#[derive(Clone, Debug)]
struct Before {
    start: u32,
    epoch: Epoch,
    drops: BTreeMap<DropReason, u64>,
}

impl Snapshot {
    /// Reads the epochs and counters of every edge device that runs.
    pub(super) async fn take(lab: &Lab) -> Result<Self, LabError> {
        let mut devices = BTreeMap::new();
        for device in lab.edge_devices() {
            let name = device.name().to_string();
            if !lab.is_running(&name) {
                continue;
            }
            let start = lab.start_number(&name);
            let before = Before {
                start,
                drops: drops(&device.counters().await?),
                epoch: device.status().await?.epoch,
            };
            devices.insert(name, before);
        }
        Ok(Self {
            events: lab.journal().read(<[_]>::len),
            at: clock::monotonic(),
            ended: None,
            devices,
        })
    }

    /// The epoch that a device's tables had, if it is still the same process: all that it has is new to one
    /// that was started since.
    pub(super) fn epoch(&self, lab: &Lab, device: &str) -> Option<Epoch> {
        self.before(lab, device).map(|before| before.epoch)
    }

    /// Whether a change of a device's table came after the trigger.
    pub(super) fn is_fresh(&self, lab: &Lab, device: &str, epoch: Epoch, since: Timestamp) -> bool {
        since >= self.at && self.epoch(lab, device).is_none_or(|before| epoch > before)
    }

    /// Frames that a device has dropped since the trigger.
    pub(super) fn drops_since(
        &self,
        lab: &Lab,
        device: &str,
        reason: Option<DropReason>,
        now: &Counters,
    ) -> u64 {
        let count = |drops: &BTreeMap<DropReason, u64>| -> u64 {
            let meant = drops.iter();
            let meant = meant.filter(|(found, _)| reason.is_none_or(|reason| **found == reason));
            meant.map(|(_, count)| count).sum()
        };
        let before = self.before(lab, device);
        count(&drops(now)).saturating_sub(before.map_or(0, |before| count(&before.drops)))
    }

    fn before(&self, lab: &Lab, device: &str) -> Option<&Before> {
        let before = self.devices.get(device)?;
        (before.start == lab.start_number(device)).then_some(before)
    }
}

fn drops(counters: &Counters) -> BTreeMap<DropReason, u64> {
    let mut drops = BTreeMap::new();
    let all = counters.interfaces.iter().flat_map(|i| &i.drops);
    for drop in all {
        *drops.entry(drop.reason).or_default() += drop.count;
    }
    drops
}
