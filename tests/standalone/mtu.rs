//! A public network that is too narrow: told at the start, counted, and told no more once it is not.

use anyhow::ensure;
use lab_tests::eventually;
use linux_net::link;

use crate::Test;
use crate::stage::Stage;

pub(crate) const TESTS: &[(&str, Test)] = &[("a_narrow_uplink_is_told_and_counted", narrow)];

/// A datagram that fills a site's frame: 1500 less IPv4 and UDP.
const FULL: usize = 1472;
const WARNING: &str = "raise its MTU to 1542";

fn narrow() -> anyhow::Result<()> {
    let mut stage = Stage::build(1500)?;
    let (a, b) = stage.start(&[])?;
    for device in [&a, &b] {
        device.expect_warning(WARNING, true)?;
        ensure!(device.said().contains(WARNING), "{}", device.said());
    }
    let before = a.drops("exceeds-public-mtu")?;
    ensure!(
        !stage.asks(FULL)?,
        "a frame of 1514 bytes passed a narrower tunnel"
    );
    ensure!(
        a.drops("exceeds-public-mtu")? == before + 1,
        "{}",
        a.show("drops")?
    );
    stage.expect_passing()?;
    let both = [&stage.a.device, &stage.b.device];
    for namespace in both {
        stage
            .runtime
            .block_on(link::set_mtu(namespace, "uplink", 1542))?;
    }
    for device in [&a, &b] {
        device.expect_warning(WARNING, false)?;
    }
    eventually("a full frame passes", || {
        Ok((!stage.asks(FULL)?).then(|| "it does not".to_owned()))
    })
}
