//! The forwarder's part of a reload: the device decides, and the tunnel's peers follow its links.

use std::net::Ipv4Addr;

use edge::{EviLinks, LinkId};
use edge_api::{ConfigChange, EdgeConfig, ReloadError, ReloadOutcome};
use wire::Timestamp;

use super::Forwarder;
use crate::control::Answer;
use crate::egress::FromDevice;
use crate::tunnel::Tunnel;

impl<T: Tunnel> Forwarder<T> {
    /// Takes over what was read, or takes note that it was of no use.
    pub(super) fn reload(
        &mut self,
        now: Timestamp,
        read: Result<Box<EdgeConfig>, Vec<String>>,
    ) -> Answer {
        let texts = |errors: Vec<ReloadError>| errors.iter().map(ToString::to_string).collect();
        let changed = read.and_then(|config| self.reconfigure(now, &config).map_err(texts));
        let outcome = match changed {
            Ok(changes) => ReloadOutcome::Done { changes },
            Err(errors) => ReloadOutcome::Refused { errors },
        };
        self.status.reloads.note(now, outcome.clone());
        Answer::Reload(outcome)
    }

    fn reconfigure(
        &mut self,
        now: Timestamp,
        config: &EdgeConfig,
    ) -> Result<Vec<ConfigChange>, Vec<ReloadError>> {
        let (device, mut links) = self.by_itself();
        let changes = device.reconfigure(now, config, &mut links)?;
        self.flush();
        // A new peer may be behind a smaller MTU.
        self.warn();
        Ok(changes)
    }
}

impl<T: Tunnel> EviLinks for FromDevice<'_, T> {
    fn open_link(&mut self, link: LinkId, peer: Ipv4Addr) {
        self.public.open_link(link, peer);
    }

    fn close_link(&mut self, link: LinkId) {
        self.public.close_link(link);
    }
}
