//! How a device ends, and what FRR and the other device make of it.

use anyhow::{Context, ensure};
use edge_api::AdjacencyState;
use lab_tests::eventually;

use crate::Scenario;
use crate::device::name;
use crate::scene::{Scene, host_mac};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a_restarted_device_overtakes_its_old_lsp", restart),
    ("a_shutdown_purges", purge),
    ("entries_of_a_killed_device_go", killed),
];

/// Sequence number and lifetime of the first fragment that FRR holds of a device.
fn first_held(scene: &Scene, number: u8) -> anyhow::Result<Option<(u32, u32)>> {
    let held = scene.router.lsps(&name(number))?;
    let first = held.iter().find(|lsp| lsp.fragment == 0);
    Ok(first.map(|lsp| (lsp.sequence, lsp.lifetime)))
}

/// FRR remembers the LSP of the life before and sends it; without a higher sequence number the new one
/// would not count for 20 minutes.
fn restart() -> anyhow::Result<()> {
    let mut scene = Scene::acquainted()?;
    let (before, _) = first_held(&scene, 1)?.context("FRR holds the LSP")?;
    scene.kill(1)?;
    scene.start(1)?;
    eventually("FRR holds a newer LSP of ed1", || {
        let held = first_held(&scene, 1)?;
        let newer = held.is_some_and(|(sequence, lifetime)| sequence > before && lifetime > 0);
        Ok((!newer).then(|| format!("{held:?}, before {before}")))
    })?;
    scene.wait_until_found()?;
    scene.device(2).wait_for_entry(host_mac(1), "-")?;
    let host = scene.host(1)?;
    host.announce(host.mac, host.address)?;
    scene
        .device(2)
        .wait_for_entry(host_mac(1), "remote evi-ed1")?;
    scene
        .device(1)
        .wait_for_entry(host_mac(2), "remote evi-ed2")?;
    let (one, other) = scene.hosts(1, 2);
    one.talks_to(other)
}

fn purge() -> anyhow::Result<()> {
    let mut scene = Scene::acquainted()?;
    first_held(&scene, 1)?.context("FRR holds the LSP")?;
    scene.shut_down(1)?;
    eventually("FRR drops the LSPs of ed1", || {
        let held = scene.router.lsps(&name(1))?;
        let alive: Vec<_> = held.into_iter().filter(|lsp| lsp.lifetime > 0).collect();
        Ok((!alive.is_empty()).then(|| format!("{alive:?}")))
    })?;
    scene.device(2).wait_for_entry(host_mac(1), "-")
}

/// The LSP of the dead stays, with all its MACs; what goes is the way to it.
fn killed() -> anyhow::Result<()> {
    let mut scene = Scene::acquainted()?;
    scene.kill(1)?;
    scene.wait_for_neighbor(1, false)?;
    scene.device(2).wait_for_entry(host_mac(1), "-")?;
    let state = scene.device(2).state("evi-ed1")?;
    ensure!(state == AdjacencyState::Down, "evi-ed1 is {state}");
    let held = first_held(&scene, 1)?;
    ensure!(held.is_some_and(|(_, lifetime)| lifetime > 0), "{held:?}");
    let listed = scene.device(2).lsps()?;
    let lists = |lsp: &&edge_api::LspRow| lsp.macs.iter().any(|(_, mac)| *mac == host_mac(1));
    ensure!(listed.iter().any(|lsp| lists(&lsp)), "{listed:?}");
    Ok(())
}
