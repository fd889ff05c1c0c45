//! D-2: publications of a stay that is over.

use anyhow::ensure;
use edge_api::AnnouncementOutcome::FloodInstalled;
use edge_api::Cause;

use crate::peer::wall_micros;
use crate::stage::Stage;

/// ED-A announced the VM, and lists it only after ED-C has announced it, too: a new LSP that lists the
/// MAC anew, and yet old news.
pub(crate) async fn lists_it_anew(stage: &mut Stage) -> anyhow::Result<()> {
    let vm = stage.vm;
    for site in ["a", "c"] {
        stage.announce(site, Some(wall_micros()))?;
    }
    stage.expect_outcomes(&[FloodInstalled; 2]).await?;
    let flood = stage.expect_entry("flood").await?;
    let (sequence, _) = stage.lsp_of("a").await?;
    stage.peer("a")?.publish(vm);
    stage.expect_newer_lsp("a", sequence).await?;
    stage.expect_untouched("flood", flood).await?;
    stage.expect_traffic(&["a", "c"]).await?;

    stage.peer("c")?.publish(vm);
    stage.expect_entry("remote evi-link2").await?;
    stage.expect_traffic(&["c"]).await?;
    let causes = stage.causes();
    ensure!(
        causes.last() == Some(&Cause::Published)
            && !causes[..causes.len() - 1].contains(&Cause::Published),
        "its entries came by {causes:?}"
    );
    Ok(())
}

/// The judged device is the old site's: its LSP stops listing the VM when its entry is overridden, and
/// does not wait for the publication.
pub(crate) async fn the_old_site_withdraws(stage: &mut Stage) -> anyhow::Result<()> {
    let (vm, system) = (stage.vm, stage.device("b")?.config.system_id);
    stage.vm_speaks_at("b")?;
    stage.expect_entry("local port1").await?;
    let listed = |stage: &Stage, site: &str| stage.knows(site, system, vm);
    stage
        .until("ED-B publishes the VM", |stage| {
            let missing = !(listed(stage, "a") && listed(stage, "c"));
            missing.then(|| "not in both databases".to_owned())
        })
        .await?;
    stage.announce("c", Some(wall_micros()))?;
    let flood = stage.expect_entry("flood").await?;
    stage
        .until("ED-B withdraws the VM", |stage| {
            let left = listed(stage, "a") || listed(stage, "c");
            left.then(|| "still in a database".to_owned())
        })
        .await?;
    stage.expect_untouched("flood", flood).await?;
    stage.expect_traffic(&["a", "c"]).await?;
    stage.peer("c")?.publish(vm);
    stage.expect_entry("remote evi-link2").await?;
    stage.expect_traffic(&["c"]).await
}
