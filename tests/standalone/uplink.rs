//! An uplink that goes away and returns: the device stays, drops by name, and goes on by itself.

use anyhow::ensure;
use lab_tests::eventually;
use linux_net::{address, link};
use serde_json::Value;

use crate::Test;
use crate::device::Device;
use crate::stage::{Stage, up};

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("an_uplink_goes_down_and_up", down_and_up),
    ("an_uplink_loses_its_carrier_and_gets_it_back", carrier),
    ("an_uplink_is_deleted_and_made_anew", made_anew),
    ("an_address_is_removed_and_given_back", address_removed),
];

/// Host A goes on asking until its device has dropped frames for this reason.
fn expect_drops(stage: &mut Stage, device: &Device, reasons: &[&str]) -> anyhow::Result<()> {
    let total = |device: &Device| -> anyhow::Result<u64> {
        let counts: anyhow::Result<Vec<u64>> = reasons.iter().map(|r| device.drops(r)).collect();
        Ok(counts?.iter().sum())
    };
    let before = total(device)?;
    eventually("frames are dropped by name", || {
        let answered = stage.asks(64)?;
        ensure!(!answered, "a frame passed");
        let is_so = total(device)? > before;
        let all = device.show("drops")?;
        Ok((!is_so).then(|| format!("{reasons:?}: {all}")))
    })
}

/// State, port and age of the entry of host A: what must not be lost.
fn kept(stage: &Stage, device: &Device) -> anyhow::Result<(Value, Value)> {
    let entry = device.entry(stage.a.host_mac())?;
    ensure!(entry["state"] == "local", "{entry}");
    Ok((entry["since"].clone(), entry["epoch"].clone()))
}

/// What holds after every return.
fn expect_back(
    stage: &mut Stage,
    devices: &[&Device],
    before: &(Value, Value),
) -> anyhow::Result<()> {
    for device in devices {
        device.expect_adjacency("up")?;
        device.expect_warning("public port", false)?;
    }
    stage.expect_passing()?;
    let after = kept(stage, devices[0])?;
    ensure!(
        after == *before,
        "the entry of the own site was lost: {before:?}, {after:?}"
    );
    let security = devices[0].show("security")?;
    ensure!(
        security["capabilities"]["permitted"] == Value::Array(Vec::new()),
        "{security}"
    );
    Ok(())
}

fn down_and_up() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    let before = kept(&stage, &a)?;
    stage
        .runtime
        .block_on(link::set_down(&stage.a.device, "uplink"))?;
    a.expect_warning("public port `uplink` is down", true)?;
    expect_drops(&mut stage, &a, &["no-route", "uplink-down"])?;
    a.expect_adjacency("down")?;
    // The MACs of the other site go with the adjacency; so do the frames, by this name.
    stage.runtime.block_on(up(&[(&stage.a.device, "uplink")]))?;
    expect_back(&mut stage, &[&a, &b], &before)?;
    let said = a.said();
    for line in ["adjacency", "no more: public port"] {
        ensure!(said.contains(line), "`{line}` is missing:\n{said}");
    }
    Ok(())
}

/// The other end goes down: the route stays, and the device notices by itself.
fn carrier() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    let before = kept(&stage, &a)?;
    stage
        .runtime
        .block_on(link::set_down(&stage.b.device, "uplink"))?;
    a.expect_warning("without carrier", true)?;
    expect_drops(&mut stage, &a, &["uplink-down"])?;
    stage.runtime.block_on(up(&[(&stage.b.device, "uplink")]))?;
    expect_back(&mut stage, &[&a, &b], &before)
}

/// The interface comes back under its name with another index, MAC address and MTU. Both devices have
/// no capability left, and bind their sockets anew all the same.
fn made_anew() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    let before = kept(&stage, &a)?;
    stage
        .runtime
        .block_on(link::delete(&stage.a.device, "uplink"))?;
    a.expect_warning("public port `uplink` is not there", true)?;
    b.expect_warning("public port `uplink` is not there", true)?;
    expect_drops(&mut stage, &a, &["no-route", "uplink-down"])?;
    stage.plug_uplink_again(1560)?;
    expect_back(&mut stage, &[&a, &b], &before)?;
    // And once more: nothing was used up.
    stage
        .runtime
        .block_on(link::delete(&stage.b.device, "uplink"))?;
    a.expect_warning("public port `uplink` is not there", true)?;
    stage.plug_uplink_again(1600)?;
    expect_back(&mut stage, &[&a, &b], &before)
}

fn address_removed() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    let before = kept(&stage, &a)?;
    let own = stage.a.address();
    stage
        .runtime
        .block_on(address::remove(&stage.a.device, "uplink", own, 24))?;
    a.expect_warning("ip address add 192.0.2.1/PREFIX dev uplink", true)?;
    expect_drops(&mut stage, &a, &["no-route"])?;
    stage
        .runtime
        .block_on(address::add(&stage.a.device, "uplink", own, 24))?;
    a.expect_warning("ip address add", false)?;
    expect_back(&mut stage, &[&a, &b], &before)
}
