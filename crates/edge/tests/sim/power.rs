//! Devices that go down and come back: in good order or by a crash.

use std::time::Duration;

use edge::EdgeDevice;

use super::{Ed, Sim};

/// How a device goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It purges its LSPs and says farewell.
    Orderly,
    /// It is gone from one moment to the next.
    Crash,
}

impl Sim {
    /// The device ends. What is on its way to it is lost, what it has sent still arrives.
    pub fn power_off(&mut self, ed: Ed, ending: Ending) {
        if ending == Ending::Orderly && !self.is_off(ed) {
            self.drive(ed, EdgeDevice::shutdown);
        }
        self.off.insert(ed);
    }

    /// A new device of the same configuration in place of the one that has ended.
    pub fn power_on(&mut self, ed: Ed) {
        self.off.remove(&ed);
        self.accounts.forget(ed);
        self.wiring.restart(ed, self.setup.devices);
        self.devices[ed] = self.setup.device(ed, self.now);
        self.drive(ed, EdgeDevice::handle_deadline);
    }

    pub fn restart(&mut self, ed: Ed, ending: Ending, downtime: Duration) {
        self.power_off(ed, ending);
        self.run(downtime);
        self.power_on(ed);
    }

    pub fn is_off(&self, ed: Ed) -> bool {
        self.off.contains(&ed)
    }

    /// No frame passes between the devices of `island` and the others, in either direction.
    pub fn partition(&mut self, island: &[Ed]) {
        for a in 0..self.devices.len() {
            for b in 0..self.devices.len() {
                if island.contains(&a) != island.contains(&b) {
                    self.path(a, b).cut = true;
                }
            }
        }
    }

    /// Every path is without faults, every device is on.
    pub fn heal(&mut self) {
        for path in self.underlay.paths() {
            *path = super::Path::default();
        }
        for ed in self.off.clone() {
            self.power_on(ed);
        }
    }
}
