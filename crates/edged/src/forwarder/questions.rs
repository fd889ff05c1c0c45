//! What other threads ask of the device.

use std::sync::mpsc::Receiver;

use edge_api::Status;
use linux_net::clock;

use super::{Forwarder, Wish};
use crate::control::{About, Answer, Question, Waker};
use crate::tunnel::Tunnel;

impl<T: Tunnel> Forwarder<T> {
    /// Answers what was asked: tables are copied here, and written out by the thread that asked.
    pub(super) fn answer(&mut self, waker: &Waker, questions: &Receiver<Question>) -> Wish {
        waker.clear();
        let mut wish = Wish::GoOn;
        let now = clock::monotonic();
        while let Ok(question) = questions.try_recv() {
            let answer = match question.about {
                About::Status => Answer::Status(Box::new(self.status())),
                About::MacTable => Answer::MacTable(self.device.mac_table()),
                About::ArpSnooping => Answer::ArpSnooping(self.device.arp_snooping(now)),
                About::ArpSuppression => Answer::ArpSuppression(self.device.arp_suppression(now)),
                About::Adjacencies => Answer::Adjacencies(self.device.adjacencies()),
                About::Lsdb => Answer::Lsdb(self.device.lsdb()),
                About::Counters => Answer::Counters(self.device.counters()),
                About::Security => match self.sandbox.report() {
                    Ok(security) => Answer::Security(Box::new(security)),
                    Err(error) => Answer::Error(error.to_string()),
                },
                About::Thaw(vlan, mac) => Answer::Thawed(self.device.thaw(now, vlan, mac)),
                About::Reload(read) => self.reload(now, read),
                About::Shutdown => {
                    wish = Wish::End;
                    Answer::Ending
                }
            };
            let _ = question.reply.send(answer);
        }
        wish
    }

    fn status(&self) -> Status {
        Status {
            mode: self.device.mode(),
            igp_profile: self.device.igp_profile(),
            lsp_generation: self.device.lsp_generation(),
            lsp_pending_until: self.device.lsp_pending_until(),
            epoch: self.device.epoch(),
            now: clock::monotonic(),
            warnings: self.warnings.all(),
            ..self.status.clone()
        }
    }
}
