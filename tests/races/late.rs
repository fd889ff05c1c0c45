//! D-1: an announcement that comes when what it says is known already, or over.

use edge_api::AnnouncementOutcome::{AlreadyPublished, Stale};
use edge_api::Cause;

use anyhow::ensure;

use crate::peer::wall_micros;
use crate::stage::Stage;

/// ED-C's publication is faster than its announcement. No publication is left to end a flood.
pub(crate) async fn after_the_publication(stage: &mut Stage) -> anyhow::Result<()> {
    let (vm, said_at) = (stage.vm, wall_micros());
    stage.peer("a")?.publish(vm);
    let before = stage.expect_entry("remote evi-link1").await?;
    stage.peer("c")?.publish(vm);
    let published = stage.expect_entry("remote evi-link2").await?;
    ensure!(published > before, "{published:?}, {before:?} before");
    stage.expect_traffic(&["c"]).await?;

    // The announcement, its repeat, and one by a device that does not speak the trailer.
    for stamp in [Some(said_at), Some(said_at), None] {
        stage.announce("c", stamp)?;
    }
    stage.expect_outcomes(&[AlreadyPublished; 3]).await?;
    stage
        .expect_untouched("remote evi-link2", published)
        .await?;
    stage.expect_traffic(&["c"]).await?;
    ensure!(
        stage.causes() == [Cause::Published; 2],
        "its entries came by {:?}",
        stage.causes()
    );
    Ok(())
}

/// By the time ED-C's announcement comes, the VM has gone on to the judged device's own site.
pub(crate) async fn after_the_return(stage: &mut Stage) -> anyhow::Result<()> {
    let (vm, said_at) = (stage.vm, wall_micros());
    stage.peer("a")?.publish(vm);
    stage.expect_entry("remote evi-link1").await?;
    stage.vm_speaks_at("b")?;
    let local = stage.expect_entry("local port1").await?;

    stage.announce("c", Some(said_at))?;
    stage.expect_outcomes(&[Stale]).await?;
    stage.expect_untouched("local port1", local).await?;
    // It is at home: nothing for it leaves the site.
    stage.expect_traffic(&[]).await
}
