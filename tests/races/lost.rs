//! D-4: the public network loses an announcement. Two real devices, and a cable that is out of its
//! socket for a while.

use std::time::Duration;

use anyhow::{Context, ensure};
use edge_api::AnnouncementOutcome::{FloodInstalled, Repeated};
use edge_api::{EdgeConfig, EventKind, Trigger};
use isis::LspGeneration;
use linux_net::link::{self, Condition};
use topology::plan::VethEnd;

use crate::peer::Station;
use crate::stage::Stage;

/// The new site's device, whose announcement is lost.
const NEW: &str = "ed-c";
const LINK_LIMIT: Duration = Duration::from_secs(10);

/// Repeats come until the cable is back, however slow the machine; the publication does not help out.
pub(crate) fn repeat_soon_publish_late(config: &mut EdgeConfig) {
    config.mobility.announcement_interval = Duration::from_millis(200);
    config.mobility.announcement_repeats = 8;
    config.igp.timers.lsp_generation = Some(LspGeneration::OneShot {
        wait: Duration::from_secs(120),
    });
    // An adjacency outlives the time without a cable.
    config.igp.timers.hold_multiplier = Some(30);
}

pub(crate) async fn repeat_is_heard(stage: &mut Stage) -> anyhow::Result<()> {
    let socket = wan_socket(stage)?;
    lose_the_announcement(stage, &socket).await?;
    let namespace = stage.lab.namespace(&socket.node)?;
    let name = socket.name.as_str();
    link::set_up(namespace, name).await?;
    link::wait_until(namespace, name, Condition::Carrier, LINK_LIMIT).await?;

    let flood = stage.expect_entry("flood").await?;
    expect_sent(stage, Trigger::Repeat).await?;
    // One more: nothing changes.
    stage
        .until("a further repeat", |stage| {
            let heard = stage.outcomes();
            (heard.len() < 2).then(|| format!("{heard:?}"))
        })
        .await?;
    let heard = stage.outcomes();
    ensure!(
        heard[0] == FloodInstalled && heard[1..].iter().all(|o| *o == Repeated),
        "{heard:?}"
    );
    stage.expect_untouched("flood", flood).await?;
    // ED-C is real: of the two copies one comes to a peer that is played.
    stage.expect_traffic(&["a"]).await
}

/// The VM comes to ED-C's site while the judged device's cable is out of its socket: of the two others
/// only ED-A hears the announcement.
async fn lose_the_announcement(stage: &mut Stage, socket: &VethEnd) -> anyhow::Result<()> {
    let (wan, vm) = (stage.lab.namespace(&socket.node)?, stage.vm);
    link::set_down(wan, socket.name.as_str()).await?;
    stage.vm_speaks_at("c")?;
    expect_sent(stage, Trigger::StationAnnouncement).await?;
    stage
        .until("ED-A hears the announcement", |stage| {
            (!hears(stage, vm)).then(|| "nothing yet".to_owned())
        })
        .await?;
    let heard = stage.outcomes();
    ensure!(heard.is_empty(), "it was not lost: {heard:?}");
    Ok(())
}

/// The public network's end of the judged device's cable.
fn wan_socket(stage: &Stage) -> anyhow::Result<VethEnd> {
    let device = stage.device("b")?;
    let uplink = &device.config.public.interface;
    let plan = stage.lab.plan();
    let ends = plan
        .veths
        .iter()
        .flat_map(|v| [(&v.near, &v.far), (&v.far, &v.near)]);
    let mut ends = ends.filter(|(end, _)| end.node == device.node && end.name.as_str() == uplink);
    let (_, other) = ends.next().context("no uplink")?;
    Ok(other.clone())
}

/// Waits until the new site's device has announced for this reason.
async fn expect_sent(stage: &mut Stage, wanted: Trigger) -> anyhow::Result<()> {
    stage
        .until("an announcement leaves", |stage| {
            let events = stage.lab.journal().of(NEW);
            let sent = |kind: &EventKind| match kind {
                EventKind::AnnouncementSent { trigger, .. } => *trigger == wanted,
                _ => false,
            };
            let none = || format!("none for {wanted:?}");
            (!events.iter().any(|event| sent(&event.kind))).then(none)
        })
        .await
}

/// Whether the peer that is played has heard an announcement of the station.
fn hears(stage: &Stage, vm: Station) -> bool {
    stage.heard_by("a").iter().any(|frame| {
        let parsed = wire::FrameRef::parse(frame);
        let packet = parsed
            .ok()
            .and_then(|f| wire::ArpPacket::from_frame(&f)?.ok());
        packet.is_some_and(|arp| arp.kind.announces() && arp.sender_mac == vm.mac)
    })
}
