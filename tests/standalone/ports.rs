//! A site port whose interface goes away: its entries stay, and frames for them are dropped by name.

use anyhow::ensure;
use lab_tests::eventually;
use linux_net::link;

use crate::Test;
use crate::stage::Stage;

pub(crate) const TESTS: &[(&str, Test)] = &[("a_site_port_vanishes_and_returns", vanishes)];

fn vanishes() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    let before = b.entry(stage.b.host_mac())?;
    ensure!(before["state"] == "local", "{before}");
    stage
        .runtime
        .block_on(link::delete(&stage.b.device, "port1"))?;
    b.expect_warning("site port `port1` is not there", true)?;
    eventually("frames for the port are dropped by name", || {
        ensure!(!stage.asks(64)?, "a frame passed");
        let is_so = b.drops("port-down")? > 0;
        let all = b.show("drops")?;
        Ok((!is_so).then(|| all.to_string()))
    })?;
    // Neither side forgets the station: the port may be back at once.
    let kept = b.entry(stage.b.host_mac())?;
    ensure!(kept["epoch"] == before["epoch"], "{before}, {kept}");
    ensure!(a.entry(stage.b.host_mac())?["state"] == "remote");
    stage.runtime.block_on(stage.b.plug_host())?;
    stage.expect_passing()?;
    b.expect_warning("site port", false)
}
