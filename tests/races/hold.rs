//! D-3: an announcement that no publication follows.

use std::time::Duration;

use anyhow::ensure;
use edge_api::{Cause, EdgeConfig};

use crate::peer::wall_micros;
use crate::stage::Stage;
use crate::tables::NO_ENTRY;

pub(crate) fn briefly(config: &mut EdgeConfig) {
    config.mobility.flood_hold = Duration::from_millis(300);
}

/// The entry falls back to what the database says: ED-A as long as that lists the VM, then nothing.
pub(crate) async fn without_publication(stage: &mut Stage) -> anyhow::Result<()> {
    let vm = stage.vm;
    stage.peer("a")?.publish(vm);
    let before = stage.expect_entry("remote evi-link1").await?;
    stage.announce("c", Some(wall_micros()))?;
    let fallen = expect_held(stage, 1, "remote evi-link1").await?;
    ensure!(fallen > before, "{fallen:?}, {before:?} before");
    stage.expect_traffic(&["a"]).await?;

    stage.peer("a")?.withdraw(vm);
    stage.expect_entry(NO_ENTRY).await?;
    stage.announce("c", Some(wall_micros()))?;
    expect_held(stage, 2, NO_ENTRY).await?;
    // Unknown unicast stays in its site.
    stage.expect_traffic(&[]).await
}

/// Waits until hold times have ended so often, and for the entry after that.
async fn expect_held(
    stage: &mut Stage,
    times: usize,
    entry: &str,
) -> anyhow::Result<edge_api::Epoch> {
    let held = |stage: &Stage| {
        let causes = stage.causes();
        let pairs = causes.windows(2);
        pairs
            .filter(|pair| *pair == [Cause::Announced, Cause::HoldExpired])
            .count()
    };
    stage
        .until("the hold time ends", |stage| {
            let count = held(stage);
            (count < times).then(|| format!("{count} times, {:?}", stage.causes()))
        })
        .await?;
    stage.expect_entry(entry).await
}
