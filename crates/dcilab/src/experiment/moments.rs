//! The three moments of a migration, read from the edge devices' tables: MAC, ARP snooping, ARP
//! suppression.

use core::time::Duration;
use std::collections::BTreeMap;

use edge_api::{ArpRow, EventKind, MacState, Mode, Status};
use topology::Announce;
use topology::plan::MigrationPlan;
use wire::Timestamp;

use crate::lab::{EdgeControl, JournalEntry, Lab, LabError};
use crate::result::{ArpEntries, Moment};

/// The new site's device notices an arrival within this.
const NOTICE_LIMIT: Duration = Duration::from_secs(10);

/// What each device says of itself.
pub(super) async fn statuses(lab: &Lab) -> Result<Vec<Status>, LabError> {
    let mut statuses = Vec::new();
    for device in lab.edge_devices() {
        statuses.push(device.status().await?);
    }
    Ok(statuses)
}

/// Reads the VM's entries of every device now.
pub(super) async fn take(
    lab: &Lab,
    migration: &MigrationPlan,
    name: &'static str,
) -> Result<Moment, LabError> {
    let (mut entries, mut arp) = (BTreeMap::new(), BTreeMap::new());
    for device in lab.edge_devices() {
        let table = device.mac_table().await?;
        let row = table
            .entries
            .into_iter()
            .find(|row| row.vlan == migration.vlan && row.mac == migration.vm_mac);
        entries.insert(device.name().clone(), row);
        arp.insert(device.name().clone(), arp_entries(device, migration).await?);
    }
    Ok(Moment {
        name: name.into(),
        entries,
        arp,
    })
}

/// What a device's ARP tables say of the VM, or of whoever else has announced its address.
async fn arp_entries(device: &EdgeControl, vm: &MigrationPlan) -> Result<ArpEntries, LabError> {
    let of_vm = |mut rows: Vec<ArpRow>| {
        rows.retain(|row| row.vlan == vm.vlan && (row.mac == vm.vm_mac || row.ip == vm.vm_address));
        rows
    };
    Ok(ArpEntries {
        snooping: of_vm(device.arp_snooping().await?),
        suppression: of_vm(device.arp_suppression().await?),
    })
}

/// The VM has arrived, and been announced where the mode announces; the IGP has perhaps not spoken.
pub(super) async fn announced(
    lab: &Lab,
    migration: &MigrationPlan,
    trigger: Timestamp,
) -> Result<Moment, LabError> {
    let plan = lab.plan();
    let (vlan, mac) = (migration.vlan, migration.vm_mac);
    let devices = plan.edge_devices.iter().map(|device| {
        let is_new = device.site == migration.to.site;
        (device.config.name.clone(), is_new, device.config.mode)
    });
    let expected: Vec<_> = devices.collect();
    // A device without the mechanism passes on what the VM says itself, and adds nothing.
    let announces = migration.announce != Announce::Silent
        || expected
            .iter()
            .any(|(_, is_new, mode)| *is_new && *mode != Mode::IgpOnly);
    let missing = |entries: &[JournalEntry]| {
        let happened = |device: &str, is_new: bool, mode: Mode| {
            entries
                .iter()
                .filter(|e| *e.device == *device && e.event.at >= trigger)
                .any(|e| match &e.event.kind {
                    EventKind::MacEntry {
                        vlan: v,
                        mac: m,
                        to: Some(to),
                        ..
                    } if is_new => *v == vlan && *m == mac && to.state == MacState::Local,
                    EventKind::AnnouncementHeard {
                        vlan: v, mac: m, ..
                    } => mode != Mode::IgpOnly && *v == vlan && *m == mac,
                    _ => !is_new && mode == Mode::IgpOnly,
                })
        };
        let late = expected.iter().filter(|(device, is_new, mode)| {
            (*is_new || announces && *mode != Mode::IgpOnly) && !happened(device, *is_new, *mode)
        });
        late.map(|(device, ..)| format!("{device} has not noticed"))
            .collect()
    };
    let news = lab.journal();
    match news
        .wait_until("notice of the arrival", NOTICE_LIMIT, missing)
        .await
    {
        Ok(()) => take(lab, migration, "announced, not published").await,
        // A result: a VM that says nothing and sends nothing is noticed by nobody.
        Err(LabError::Deadline { .. }) => take(lab, migration, "arrived, not noticed").await,
        Err(error) => Err(error),
    }
}

/// The IGP has published the VM's new place everywhere, or had the time to.
pub(super) async fn published(
    lab: &Lab,
    migration: &MigrationPlan,
    within: Duration,
) -> Result<Moment, LabError> {
    let expected = lab.entries_of(&migration.vm, &migration.to.site);
    let what = "publication of the VM at its new site";
    match lab.wait_for_entries(&expected, what, within).await {
        Ok(()) => take(lab, migration, "published").await,
        // A result: the tables show who does not know.
        Err(LabError::Deadline { .. }) => take(lab, migration, "at the end, not published").await,
        Err(error) => Err(error),
    }
}
