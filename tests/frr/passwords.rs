//! HMAC-MD5 (RFC 5304) between an edge device and FRR.

use anyhow::ensure;
use edge_api::AdjacencyState;
use lab_tests::eventually;

use crate::Scenario;
use crate::device::name;
use crate::scene::{FRR, Scene};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a_wrong_password_makes_no_adjacency", wrong),
    ("no_password_makes_no_adjacency", missing),
    ("with_the_password_lsps_go_both_ways", right),
];

const PASSWORD: &str = "only-for-the-core";
const PROFILE: &str = "immediate";
/// So many that the next would be late for an adjacency.
const HELLOS: u64 = 4;

/// The device counts FRR's hellos by name.
fn wrong() -> anyhow::Result<()> {
    let scene = refused(Some("another"), AdjacencyState::Down)?;
    let drops = scene.device(1).isis_drops("authentication-failed")?;
    ensure!(drops >= HELLOS, "{drops} counted");
    Ok(())
}

/// Without a password the device takes FRR's hellos as they are; FRR does not take the device's.
fn missing() -> anyhow::Result<()> {
    refused(None, AdjacencyState::Initializing).map(drop)
}

/// Several hellos later neither end has an adjacency.
fn refused(key: Option<&str>, stays: AdjacencyState) -> anyhow::Result<Scene> {
    let mut scene = Scene::set(1, Some(PASSWORD))?;
    scene.start_with(1, key, PROFILE)?;
    let device = scene.device(1);
    eventually("hellos of FRR arrive", || {
        let hellos = device.received("core1")?;
        Ok((hellos < HELLOS).then(|| format!("{hellos} so far")))
    })?;
    let state = device.state("core1")?;
    ensure!(state == stays, "the device says {state}");
    let state = scene.router.neighbor_state("eth1")?;
    ensure!(state.as_deref() != Some("Up"), "FRR says {state:?}");
    ensure!(scene.router.lsps(&name(1))?.is_empty());
    Ok(scene)
}

fn right() -> anyhow::Result<()> {
    let mut scene = Scene::set(1, Some(PASSWORD))?;
    scene.start_with(1, Some(PASSWORD), PROFILE)?;
    let device = scene.device(1);
    device.wait_for_state("core1", AdjacencyState::Up)?;
    scene.wait_for_neighbor(1, true)?;
    eventually("FRR holds ed1's LSP", || {
        let held = scene.router.lsps(&name(1))?;
        Ok(held.is_empty().then(|| "not yet".to_owned()))
    })?;
    eventually("ed1 holds FRR's LSP", || {
        let lsps = device.lsps()?;
        let held = lsps.iter().any(|lsp| lsp.lsp_id.system == FRR);
        Ok((!held).then(|| format!("{lsps:?}")))
    })?;
    for reason in ["authentication-failed", "authentication-missing"] {
        ensure!(device.isis_drops(reason)? == 0, "{reason}");
    }
    Ok(())
}
