//! Many MACs through FRR.

use std::time::Instant;

use anyhow::ensure;
use edge_api::MacState;
use lab_tests::eventually;
use wire::MacAddr;

use crate::Scenario;
use crate::device::{Device, name, system};
use crate::scene::Scene;

pub(crate) const SCENARIOS: &[Scenario] = &[("forty_thousand_macs_through_frr", many)];

const STATIONS: u32 = 40_000;
/// Frames that the device's ring holds without doubt while it does something else.
const BATCH: u32 = 512;

fn station(number: u32) -> MacAddr {
    let [_, a, b, c] = number.to_be_bytes();
    MacAddr::new([2, 1, 0, a, b, c])
}

fn many() -> anyhow::Result<()> {
    let mut scene = Scene::with_devices(2)?;
    let started = Instant::now();
    for first in (0..STATIONS).step_by(BATCH as usize) {
        let batch = first..STATIONS.min(first + BATCH);
        scene.host(1)?.speak_for(batch.map(station))?;
        // An answer comes after the frames that were there before the question.
        wait_for_changes(scene.device(1), u64::from(STATIONS.min(first + BATCH)))?;
    }
    eprintln!("ed1 has learned all after {:?}", started.elapsed());
    wait_for_changes(scene.device(2), u64::from(STATIONS))?;
    eprintln!("ed2 has installed all after {:?}", started.elapsed());
    let macs = scene.device(2).macs()?;
    let through = macs.iter().filter(|row| {
        row.binding.state == MacState::Remote && row.binding.port.as_deref() == Some("evi-ed1")
    });
    ensure!(through.count() == STATIONS as usize);
    held_as_sent(&scene)
}

/// Every fragment, with the checksum that ed1 gave it.
fn held_as_sent(scene: &Scene) -> anyhow::Result<()> {
    eventually("FRR holds every fragment", || {
        let own = scene.device(1).lsps()?;
        let own = own.iter().filter(|lsp| lsp.lsp_id.system == system(1));
        let own: Vec<_> = own
            .map(|lsp| (lsp.lsp_id.fragment, lsp.sequence, lsp.checksum))
            .collect();
        ensure!(own.len() > 160, "{} fragments", own.len());
        let held = scene.router.lsps(&name(1))?;
        let held: Vec<_> = held
            .iter()
            .map(|lsp| (lsp.fragment, lsp.sequence, lsp.checksum))
            .collect();
        Ok((own != held).then(|| format!("{} of {}", held.len(), own.len())))
    })
}

fn wait_for_changes(device: &Device, count: u64) -> anyhow::Result<()> {
    let what = format!("{} has made {count} entries", device.name);
    eventually(&what, || {
        let epoch = device.epoch()?;
        Ok((epoch < count).then(|| format!("{epoch} so far")))
    })
}
