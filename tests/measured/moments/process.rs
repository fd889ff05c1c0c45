//! The process that is the lab: it migrates the VM, reads the tables, and tells them as JSON.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use dcilab::capture::Capture;
use dcilab::lab::{EdgeProgram, JournalEntry, Lab, private_directory};
use dcilab::migrate::migrate;
use dcilab::progress::Progress;
use edge_api::{EventKind, MacState, MacTable, Mode, TimerProfile};
use lab_tests::requirement::inside;
use lab_tests::topology_text::{move_of, three_site};
use serde::{Deserialize, Serialize};
use topology::Plan;
use wire::{MacAddr, Timestamp, VlanId};

/// The role of the process that is the lab. Its arguments: mode, file for the capture.
pub(crate) const ROLE: &str = "three-moments";
const LIMIT: Duration = Duration::from_secs(30);
/// How often devices say hello, and list their LSPs.
const OFTEN: Duration = Duration::from_secs(1);

/// MAC tables, by edge device.
pub(super) type Tables = BTreeMap<String, MacTable>;

/// What the lab's process tells.
#[derive(Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) before: Tables,
    pub(super) announced: Tables,
    /// Whether, after `announced` was read, any device knew an LSP of the new site that lists the VM.
    pub(super) published_early: bool,
    pub(super) published: Tables,
}

/// The lab's process.
pub(crate) fn observe() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    inside(|| {
        let [mode, capture] = arguments.as_slice() else {
            anyhow::bail!("takes a mode and a file, not {arguments:?}");
        };
        let mode = mode
            .parse()
            .map_err(|error| anyhow::anyhow!("{mode}: {error}"))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let told = runtime.block_on(tell(mode, Path::new(capture)))?;
        println!("{}", serde_json::to_string(&told)?);
        Ok(())
    })
}

async fn tell(mode: Mode, file: &Path) -> anyhow::Result<Told> {
    let topology = three_site()?
        .with_mode(mode)
        .with_profile(TimerProfile::ComwareV5);
    let progress = Progress::start("three moments");
    let mut plan = topology.plan();
    for device in &mut plan.edge_devices {
        // Adjacencies are up as soon as the lab is built. What the capture then sees comes at intervals, which
        // are longer than the test.
        let timers = &mut device.config.igp.timers;
        timers.hello_interval = Some(OFTEN);
        timers.csnp_interval = Some(OFTEN);
        timers.hold_multiplier = Some(30);
    }
    let (plan, nodes) = (Arc::new(plan), private_directory().join("nodes"));
    let lab = Lab::build(plan, &EdgeProgram::BuiltIn, &nodes, &progress).await?;
    let capture = Capture::start(&lab, file).await?;
    let told = watch(&lab, &progress).await;
    // Even if it went wrong: then the frames say why.
    capture.stop().await?;
    lab.tear_down().await?;
    told
}

async fn watch(lab: &Lab, progress: &Progress) -> anyhow::Result<Told> {
    lab.wait_until_ready(progress).await?;
    let before = tables(lab).await?;
    let trigger = migrate(lab, move_of(lab.plan())).await?.trigger;
    let noticed = |entries: &[JournalEntry]| unnoticed(lab.plan(), entries, trigger);
    lab.journal()
        .wait_until("notice of the move", LIMIT, noticed)
        .await?;
    let announced = tables(lab).await?;
    let published_early = is_published(lab).await?;
    let migration = move_of(lab.plan());
    let entries = lab.entries_of(&migration.vm, &migration.to.site);
    lab.wait_for_entries(&entries, "publication", LIMIT).await?;
    Ok(Told {
        before,
        announced,
        published_early,
        published: tables(lab).await?,
    })
}

/// The devices that have noticed nothing since the trigger: the new site's has to have learned the VM,
/// the others to have heard its gratuitous ARP, whatever they make of it.
fn unnoticed(plan: &Plan, entries: &[JournalEntry], trigger: Timestamp) -> Vec<String> {
    let vm = (move_of(plan).vlan, move_of(plan).vm_mac);
    let noticed = |device: &str, is_new: bool| {
        let of_device = |e: &&JournalEntry| *e.device == *device && e.event.at >= trigger;
        entries
            .iter()
            .filter(of_device)
            .any(|entry| match &entry.event.kind {
                EventKind::MacEntry {
                    vlan,
                    mac,
                    to: Some(to),
                    ..
                } => is_new && (*vlan, *mac) == vm && to.state == MacState::Local,
                EventKind::AnnouncementHeard { vlan, mac, .. } => !is_new && (*vlan, *mac) == vm,
                _ => false,
            })
    };
    let devices = plan
        .edge_devices
        .iter()
        .filter(|device| !noticed(&device.config.name, device.site == move_of(plan).to.site));
    devices.map(|device| device.config.name.clone()).collect()
}

async fn tables(lab: &Lab) -> anyhow::Result<Tables> {
    let mut tables = Tables::new();
    for device in lab.edge_devices() {
        tables.insert(device.name().to_string(), device.mac_table().await?);
    }
    Ok(tables)
}

/// Whether any device knows an LSP of the new site's device that lists the VM.
async fn is_published(lab: &Lab) -> anyhow::Result<bool> {
    let plan = lab.plan();
    let vm: (VlanId, MacAddr) = (move_of(plan).vlan, move_of(plan).vm_mac);
    let new = plan
        .edge_devices
        .iter()
        .find(|d| d.site == move_of(plan).to.site);
    let new = new.context("no device at the new site")?.config.system_id;
    for device in lab.edge_devices() {
        let lsps = device.lsdb().await?;
        if lsps
            .iter()
            .any(|lsp| lsp.lsp_id.system == new && lsp.macs.contains(&vm))
        {
            return Ok(true);
        }
    }
    Ok(false)
}
