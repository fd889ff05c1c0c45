//! D-6: who may announce, and when.

use std::time::Duration;

use anyhow::{Context, ensure};
use edge_api::AnnouncementOutcome::FloodInstalled;
use edge_api::DropReason;
use linux_net::gre_socket::GreSocket;
use topology::plan::NodeRole;

use crate::peer::{tunnel, wall_micros};
use crate::stage::Stage;

const HOUR: Duration = Duration::from_secs(3600);

/// Somebody in the public network whom the device does not know says that the VM is there.
pub(crate) async fn unknown_peer(stage: &mut Stage) -> anyhow::Result<()> {
    let vm = stage.vm;
    stage.peer("a")?.publish(vm);
    let before = stage.expect_entry("remote evi-link1").await?;
    let plan = stage.lab.plan().clone();
    let wan = plan.namespaces.iter().find(|n| n.role == NodeRole::Wan);
    let wan = &wan.context("no public network")?.node;
    let socket = stage.lab.namespace(wan)?.run(GreSocket::open).await??;
    let judged = stage.device("b")?.config.public.address;
    tunnel(&socket, judged, &vm.announcement(Some(wall_micros()))?)?;
    stage.expect_uplink_drop(DropReason::UnknownPeer).await?;
    stage.expect_untouched("remote evi-link1", before).await?;
    ensure!(
        stage.outcomes().is_empty(),
        "it was heard: {:?}",
        stage.outcomes()
    );
    stage.expect_traffic(&["a"]).await?;

    stage.announce("c", Some(wall_micros()))?;
    stage.expect_outcomes(&[FloodInstalled]).await?;
    stage.expect_traffic(&["a", "c"]).await
}

/// A device whose clock is an hour ahead: it is heard in its turn, and the next announcement, by a
/// device with the right time, still counts as newer.
pub(crate) async fn far_future(stage: &mut Stage) -> anyhow::Result<()> {
    let vm = stage.vm;
    let ahead = u64::try_from(HOUR.as_micros())?;
    stage.announce("c", Some(wall_micros() + ahead))?;
    let by_c = stage.expect_entry("flood").await?;
    stage.announce("a", Some(wall_micros()))?;
    stage.expect_outcomes(&[FloodInstalled; 2]).await?;
    // ED-C's publication is of the older stay now; ED-A's ends the flood.
    let (sequence, _) = stage.lsp_of("c").await?;
    stage.peer("c")?.publish(vm);
    stage.expect_newer_lsp("c", sequence).await?;
    stage.expect_entry("flood").await?;
    stage.expect_traffic(&["a", "c"]).await?;
    stage.peer("a")?.publish(vm);
    let published = stage.expect_entry("remote evi-link1").await?;
    ensure!(published > by_c, "{published:?}, {by_c:?} before");
    stage.expect_traffic(&["a"]).await
}
