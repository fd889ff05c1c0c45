//! FRR holds what devices list, and passes it on to devices that are not their neighbours.

use anyhow::ensure;

use crate::Scenario;
use crate::device::{name, system};
use crate::scene::{Scene, VM, VM_ADDRESS};

pub(crate) const SCENARIOS: &[Scenario] = &[
    (
        "r_10_a_device_behind_frr_installs_what_another_lists",
        installs,
    ),
    ("r_10_a_move_under_frr_ends_right", moves),
];

fn installs() -> anyhow::Result<()> {
    let scene = Scene::acquainted()?;
    let (one, other) = scene.hosts(1, 2);
    one.talks_to(other)?;
    for number in [1, 2] {
        as_the_device_has_it(&scene, number)?;
    }
    Ok(())
}

/// FRR verifies the checksum of what it takes; here it shows the device's own.
fn as_the_device_has_it(scene: &Scene, number: u8) -> anyhow::Result<()> {
    let own = scene.device(number).lsps()?;
    let own = own.iter().filter(|lsp| lsp.lsp_id.system == system(number));
    let own: Vec<_> = own
        .map(|lsp| (lsp.lsp_id.fragment, lsp.sequence, lsp.checksum))
        .collect();
    let held = scene.router.lsps(&name(number))?;
    let held: Vec<_> = held
        .iter()
        .map(|lsp| (lsp.fragment, lsp.sequence, lsp.checksum))
        .collect();
    ensure!(
        !own.is_empty() && own == held,
        "own {own:?}, held by FRR {held:?}"
    );
    Ok(())
}

/// the announcement goes by the EVI links, the publication by FRR.
fn moves() -> anyhow::Result<()> {
    let mut scene = Scene::with_devices(3)?;
    scene.host(1)?.announce(VM, VM_ADDRESS)?;
    for number in [2, 3] {
        scene.device(number).wait_for_entry(VM, "remote evi-ed1")?;
    }
    scene.host(3)?.announce(VM, VM_ADDRESS)?;
    for number in [1, 2] {
        scene.device(number).wait_for_entry(VM, "remote evi-ed3")?;
    }
    ensure!(scene.device(3).entry(VM)? == "local port1");
    let listed = scene.device(2).lsps()?;
    let mut listing = listed
        .iter()
        .filter(|lsp| lsp.macs.iter().any(|(_, mac)| *mac == VM));
    ensure!(
        listing.all(|lsp| lsp.lsp_id.system == system(3)),
        "{listed:?}"
    );
    Ok(())
}
