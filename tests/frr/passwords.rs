//! HMAC-MD5 (RFC 5304) between an edge device and FRR.

use anyhow::ensure;
use edge_api::AdjacencyState;
use lab_tests::eventually;

use crate::Scenario;
use crate::device::name;
use crate::scene::{FRR, Scene};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a_wrong_password_makes_no_adjacency", wrong),
    ("frr_without_the_password_makes_no_adjacency", missing),
    ("with_the_password_lsps_go_both_ways", right),
];

const PASSWORD: &str = "only-for-the-core";
const PROFILE: &str = "immediate";
/// So many that the next would be late for an adjacency.
const HELLOS: u64 = 4;

fn wrong() -> anyhow::Result<()> {
    refused(Some(PASSWORD), "another", "authentication-failed")
}

/// The other way round, a device without a password and FRR with one, is not to be had: an unsigned
/// hello is the end of isisd 8.4.4.
fn missing() -> anyhow::Result<()> {
    refused(None, PASSWORD, "authentication-missing")
}

/// Several hellos later, counted by name, neither end has an adjacency.
fn refused(password: Option<&str>, key: &str, counted: &str) -> anyhow::Result<()> {
    let mut scene = Scene::set(1, password)?;
    scene.start_with(1, Some(key), PROFILE)?;
    let device = scene.device(1);
    eventually(&format!("{counted} is counted"), || {
        let drops = device.isis_drops(counted)?;
        Ok((drops < HELLOS).then(|| format!("{drops} so far")))
    })?;
    let state = device.state("core1")?;
    ensure!(state == AdjacencyState::Down, "the device says {state}");
    let state = scene.router.neighbor_state("eth1")?;
    ensure!(state.as_deref() != Some("Up"), "FRR says {state:?}");
    ensure!(scene.router.lsps(&name(1))?.is_empty());
    Ok(())
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
    scene.shut_down(1)?;
    eventually("FRR takes the signed purge", || {
        let held = scene.router.lsps(&name(1))?;
        let alive: Vec<_> = held.into_iter().filter(|lsp| lsp.lifetime > 0).collect();
        Ok((!alive.is_empty()).then(|| format!("{alive:?}")))
    })
}
