//! Reloads while frames cross a link that stays: none is lost, and nothing is learnt anew.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use edge_api::{EventKind, ReloadOutcome};
use linux_net::packet_socket::PacketRing;
use tempfile::TempDir;
use wire::arp;

use crate::device::{Device, Settings};
use crate::inside;
use crate::site::{Wan, host_mac};
use crate::traffic::{Ends, Traffic};

/// Reloads in a row, each with a change.
const MANY: usize = 20;

pub(crate) fn play() -> ExitCode {
    inside(scene)
}

async fn scene() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let wan = Wan::build().await?;
    let (a, b, c) = (wan.site(1).await?, wan.site(2).await?, wan.site(3).await?);
    let first = Settings::new(1, &[2]);
    let ed_a = Device::start(&a, directory.path(), &first).await?;
    let ed_b = Device::start(&b, directory.path(), &Settings::new(2, &[1])).await?;
    let up_since = ed_a.wait_for_links(&["to2"])?;
    let (from, mut to) = (a.cable().await?, b.cable().await?);
    send(&mut to, 2)?;
    let entry = ed_a.wait_for_entry(host_mac(2), "remote to2")?;
    let traffic = Traffic::start(Ends {
        from,
        to,
        source: host_mac(1),
        destination: host_mac(2),
    });
    traffic.wait_for_more()?;

    values(&ed_a, &first, &traffic)?;
    let ed_c = Device::start(&c, directory.path(), &Settings::new(3, &[1, 2])).await?;
    let mut host_c = c.cable().await?;
    links(&ed_a, &ed_b, &ed_c, &mut host_c, &traffic)?;

    let frames = traffic.stop()?;
    ensure!(frames > 1000, "only {frames} frames crossed");
    for device in [&ed_a, &ed_b] {
        let drops = device.drops()?;
        let strangers = |drop: &String| !drop.starts_with("uplink ");
        let drops: Vec<_> = drops.into_iter().filter(strangers).collect();
        ensure!(drops.is_empty(), "{drops:?}");
    }
    ensure!(
        ed_a.wait_for_links(&["to2"])? == up_since,
        "the adjacency was lost"
    );
    ensure!(
        ed_a.entry(host_mac(2))? == Some(entry),
        "the entry was learnt anew"
    );
    events(&ed_a)
}

/// A host's announcement of itself.
fn send(cable: &mut PacketRing, number: u8) -> anyhow::Result<()> {
    let frame = arp::encode_gratuitous_request(host_mac(number), [10, 0, 0, number].into());
    let sent = cable.transmit(frame.len(), |slot| slot.copy_from_slice(&frame));
    sent.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    cable.flush().context("send an announcement")
}

/// Many reloads of values, by signal and by request.
fn values(ed_a: &Device, first: &Settings, traffic: &Traffic) -> anyhow::Result<()> {
    let mode = Settings {
        mode: "igp-only",
        ..first.clone()
    };
    ed_a.take_over(&mode)?;
    ensure!(ed_a.status()?.mode.name() == "igp-only");
    traffic.wait_for_more()?;
    for round in 0..MANY {
        let settings = Settings {
            flood_hold: ["1s", "2s"][round % 2],
            mac_ageing: ["6m", "7m"][round % 2],
            ..first.clone()
        };
        ed_a.replace(&settings.text())?;
        let outcome = ed_a.reload()?;
        ensure!(matches!(outcome, ReloadOutcome::Done { .. }), "{outcome:?}");
        traffic.wait_for_more()?;
    }
    ed_a.replace("this is no configuration\n")?;
    let outcome = ed_a.reload()?;
    ensure!(
        matches!(outcome, ReloadOutcome::Refused { .. }),
        "{outcome:?}"
    );
    traffic.wait_for_more()
}

/// A third device joins and leaves.
fn links(
    ed_a: &Device,
    ed_b: &Device,
    ed_c: &Device,
    host_c: &mut PacketRing,
    traffic: &Traffic,
) -> anyhow::Result<()> {
    ed_a.take_over(&Settings::new(1, &[2, 3]))?;
    ed_b.take_over(&Settings::new(2, &[1, 3]))?;
    ed_a.wait_for_links(&["to2", "to3"])?;
    ed_c.wait_for_links(&["to1", "to2"])?;
    send(host_c, 3)?;
    ed_a.wait_for_entry(host_mac(3), "remote to3")?;
    ed_c.wait_for_entry(host_mac(2), "remote to2")?;
    traffic.wait_for_more()?;

    ed_a.take_over(&Settings::new(1, &[2]))?;
    ensure!(ed_a.entry(host_mac(3))?.is_none(), "its link was removed");
    ed_a.wait_for_links(&["to2"])?;
    ed_b.wait_for_entry(host_mac(3), "remote to3")?;
    traffic.wait_for_more()
}

/// They are numbered without a gap, and tell of every reload that changed something.
fn events(device: &Device) -> anyhow::Result<()> {
    // Each changed something: the mode, twenty times two values, one link more, one less.
    let mut left = MANY + 3;
    let events = device.events_until(|kind| {
        left -= usize::from(matches!(kind, EventKind::Reconfigured { .. }));
        left == 0
    })?;
    for (expected, event) in (1..).zip(&events) {
        ensure!(event.number == expected, "event {expected} is missing");
    }
    let status = device.status()?.reloads;
    ensure!(
        (status.done, status.refused) == (MANY as u64 + 3, 1),
        "{status:?}"
    );
    Ok(())
}
