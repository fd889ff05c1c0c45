//! What the judged device says of the VM: its table over the control socket, its events in the journal.

use anyhow::{Context, ensure};
use dcilab::lab::EdgeControl;
use edge_api::{
    AnnouncementOutcome, Binding, Cause, Counters, DropReason, Epoch, Event, EventKind,
};
use lab_tests::PATIENCE;
use tokio::time::{Instant, sleep};

use crate::stage::{JUDGED, LOOK, Stage};

/// The text of a missing entry.
pub(crate) const NO_ENTRY: &str = "no entry";

impl Stage {
    fn judged(&self) -> anyhow::Result<EdgeControl> {
        let mut devices = self.lab.edge_devices();
        let device = devices.find(|device| **device.name() == *JUDGED);
        Ok(device.context("it does not run")?.clone())
    }

    fn events(&self) -> Vec<Event> {
        self.lab.journal().of(JUDGED)
    }

    /// Every entry that the VM has had, oldest first, with what made it.
    fn entries(&self) -> Vec<(String, Cause)> {
        let of_vm = |event: Event| match event.kind {
            EventKind::MacEntry {
                vlan,
                mac,
                to,
                cause,
                ..
            } if (vlan, mac) == (self.vm.vlan, self.vm.mac) => Some((text(to.as_ref()), cause)),
            _ => None,
        };
        self.events().into_iter().filter_map(of_vm).collect()
    }

    /// What made each of the VM's entries, oldest first.
    pub(crate) fn causes(&self) -> Vec<Cause> {
        self.entries().into_iter().map(|(_, cause)| cause).collect()
    }

    /// What became of each announcement of the VM, oldest first.
    pub(crate) fn outcomes(&self) -> Vec<AnnouncementOutcome> {
        let of_vm = |event: Event| match event.kind {
            EventKind::AnnouncementHeard {
                vlan, mac, outcome, ..
            } if (vlan, mac) == (self.vm.vlan, self.vm.mac) => Some(outcome),
            _ => None,
        };
        self.events().into_iter().filter_map(of_vm).collect()
    }

    /// Waits until the VM's entry is this one, and asks the device whether it is so. Gives the entry's
    /// epoch; without an entry, the table's.
    pub(crate) async fn expect_entry(&mut self, expected: &str) -> anyhow::Result<Epoch> {
        self.until("the VM's entry", |stage| {
            let last = stage.entries().pop();
            let is = last.map_or_else(|| NO_ENTRY.to_owned(), |(entry, _)| entry);
            (is != expected).then(|| format!("{is}, not {expected}"))
        })
        .await?;
        let (entry, epoch) = self.entry().await?;
        ensure!(entry == expected, "the table says {entry}, not {expected}");
        Ok(epoch)
    }

    /// The VM's entry is still this one, untouched since `epoch`.
    pub(crate) async fn expect_untouched(
        &self,
        expected: &str,
        since: Epoch,
    ) -> anyhow::Result<()> {
        let (entry, epoch) = self.entry().await?;
        ensure!(
            entry == expected && epoch == since,
            "{entry} of {epoch:?}, not {expected} of {since:?}; its causes: {:?}",
            self.causes()
        );
        Ok(())
    }

    /// Waits until this has become of the announcements of the VM, oldest first.
    pub(crate) async fn expect_outcomes(
        &mut self,
        expected: &[AnnouncementOutcome],
    ) -> anyhow::Result<()> {
        self.until("announcements are heard", |stage| {
            let outcomes = stage.outcomes();
            let missing = outcomes.len() < expected.len();
            missing.then(|| format!("only {outcomes:?} so far"))
        })
        .await?;
        let outcomes = self.outcomes();
        ensure!(outcomes == expected, "{outcomes:?}, not {expected:?}");
        Ok(())
    }

    /// State and port, and the epoch, as the device says over its control socket.
    async fn entry(&self) -> anyhow::Result<(String, Epoch)> {
        let table = self.judged()?.mac_table().await?;
        let vm = (self.vm.vlan, self.vm.mac);
        let mut rows = table.entries.iter().filter(|row| (row.vlan, row.mac) == vm);
        let row = rows.next();
        ensure!(rows.next().is_none(), "two entries for the VM");
        Ok(row.map_or((NO_ENTRY.to_owned(), table.epoch), |row| {
            (row.binding.to_string(), row.epoch)
        }))
    }

    /// The sequence number of the first LSP of the device of this site, and whether it lists the VM, in
    /// the database of the judged one.
    pub(crate) async fn lsp_of(&self, site: &str) -> anyhow::Result<(u32, bool)> {
        let system = self.device(site)?.config.system_id;
        let lsps = self.judged()?.lsdb().await?;
        let lsp = lsps.iter().find(|lsp| lsp.lsp_id.system == system);
        let lsp = lsp.context("the database has no LSP of it")?;
        Ok((
            lsp.sequence,
            lsp.macs.contains(&(self.vm.vlan, self.vm.mac)),
        ))
    }

    /// Waits until the judged device has a newer LSP of the device of this site than `sequence`, which
    /// lists the VM.
    pub(crate) async fn expect_newer_lsp(
        &mut self,
        site: &str,
        sequence: u32,
    ) -> anyhow::Result<u32> {
        let system = self.device(site)?.config.system_id;
        self.until("an LSP", |stage| {
            let events = stage.events();
            let is_newer = |event: &Event| match &event.kind {
                EventKind::LspReceived {
                    lsp_id,
                    sequence: s,
                    ..
                } => lsp_id.system == system && *s > sequence,
                _ => false,
            };
            let none = || format!("none of site {site} after number {sequence}");
            (!events.iter().any(is_newer)).then(none)
        })
        .await?;
        let (newer, lists_vm) = self.lsp_of(site).await?;
        ensure!(newer > sequence, "the database has number {newer}");
        ensure!(lists_vm, "number {newer} does not list the VM");
        Ok(newer)
    }

    /// Waits until the judged device has counted a drop for this reason.
    pub(crate) async fn expect_uplink_drop(&mut self, reason: DropReason) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.drops(reason).await? == 0 {
            ensure!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: a drop as {reason:?}"
            );
            self.turn()?;
            sleep(LOOK).await;
        }
        Ok(())
    }

    async fn drops(&self, reason: DropReason) -> anyhow::Result<u64> {
        let Counters { interfaces, .. } = self.judged()?.counters().await?;
        let drops = interfaces.iter().flat_map(|interface| &interface.drops);
        let of_reason = drops.filter(|drop| drop.reason == reason);
        Ok(of_reason.map(|drop| drop.count).sum())
    }
}

fn text(binding: Option<&Binding>) -> String {
    binding.map_or_else(|| NO_ENTRY.to_owned(), ToString::to_string)
}
