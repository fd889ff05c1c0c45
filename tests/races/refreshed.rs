//! D-2: the old site's LSP goes on listing the VM, and is refreshed and generated anew, while a flood
//! entry waits for the publication of the new one's.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use edge_api::EdgeConfig;
use lab_tests::dissection;
use lab_tests::pcapng::Capture;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text::{move_of, three_site};
use libtest_mimic::Trial;
use tempfile::TempDir;
use wire::MacAddr;

use crate::peer::{Station, wall_micros};
use crate::race::{Race, hold};
use crate::stage::Stage;

pub(crate) const RACE: Race = Race {
    name: "d_2_a_refreshed_lsp_of_the_old_site_does_not_override_a_flood_entry",
    real: &["b"],
    adjust: refresh_often,
    run: |stage| Box::pin(run(stage)),
};

pub(crate) fn trials() -> Vec<Trial> {
    let needed = [Requirement::Lab, Requirement::Tshark];
    let name = "d_2_tshark_sees_the_refreshed_lsp_and_the_flood_that_it_does_not_end";
    vec![needing(&needed, name, dissected)]
}

fn refresh_often(config: &mut EdgeConfig) {
    config.igp.timers.refresh_interval = Some(Duration::from_millis(500));
}

async fn run(stage: &mut Stage) -> anyhow::Result<()> {
    let vm = stage.vm;
    stage.peer("a")?.publish(vm);
    let before = stage.expect_entry("remote evi-link1").await?;
    stage.expect_traffic(&["a"]).await?;
    stage.announce("c", Some(wall_micros()))?;
    let flood = stage.expect_entry("flood").await?;
    ensure!(flood > before, "{flood:?}, {before:?} before");
    stage.expect_traffic(&["a", "c"]).await?;

    // ED-A has not heard the announcement. Its LSP is refreshed ...
    let (mut sequence, _) = stage.lsp_of("a").await?;
    for _ in 0..2 {
        sequence = stage.expect_newer_lsp("a", sequence).await?;
        stage.expect_untouched("flood", flood).await?;
        stage.expect_traffic(&["a", "c"]).await?;
    }
    // ... and has news, but not of the VM.
    let other = Station {
        mac: MacAddr::new([2, 0, 0, 0, 0, 0x77]),
        ..vm
    };
    let (system, judged) = (stage.peer("a")?.system, stage.device("b")?.config.system_id);
    ensure!(system != judged, "the judged device is real");
    stage.peer("a")?.publish(other);
    stage.expect_newer_lsp("a", sequence).await?;
    stage.expect_untouched("flood", flood).await?;
    stage.expect_traffic(&["a", "c"]).await?;

    stage.peer("c")?.publish(vm);
    let published = stage.expect_entry("remote evi-link2").await?;
    ensure!(published > flood, "{published:?}, {flood:?} before");
    stage.expect_traffic(&["c"]).await
}

/// The same race, judged by tshark: where the frames went, and what ED-A's LSPs said meanwhile.
fn dissected() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let file = scratch.path().join("race.pcapng");
    hold(&RACE, &file)?;
    let plan = three_site()?.plan();
    let address = |site: &str| {
        let mut devices = plan.edge_devices.iter();
        let device = devices.find(|device| device.site == site);
        Ok::<_, anyhow::Error>(device.context("no such site")?.config.public.address)
    };
    let (a, c) = (address("a")?, address("c")?);
    let (first, last) = copies(&file, "for ac.", &BTreeSet::from([a, c]))?;
    copies(&file, "for c.", &BTreeSet::from([c]))?;

    let moved = move_of(&plan);
    let vm = (moved.vlan.get(), moved.vm_mac.to_string());
    let frames = Capture::read(&file)?.frames;
    let mut refreshed = 0;
    for lsp in dissection::lsps(&file)? {
        let is_meanwhile = (first..last).contains(&lsp.frame);
        if is_meanwhile && lsp.lsp_id.starts_with("0200.0000.0001") {
            ensure!(lsp.checksum_is_good, "frame {}: wrong checksum", lsp.frame);
            let bytes = &frames[lsp.frame - 1].bytes;
            refreshed += usize::from(dissection::mac_reachability(&lsp, bytes)?.contains(&vm));
        }
    }
    ensure!(
        refreshed >= 2,
        "{refreshed} LSPs of ED-A listed the VM meanwhile"
    );
    Ok(())
}

/// Where each of the tunnelled frames with this text went: to these addresses, once to each. Gives the
/// first and the last of them.
fn copies(
    file: &Path,
    text: &str,
    expected: &BTreeSet<Ipv4Addr>,
) -> anyhow::Result<(usize, usize)> {
    let filter = format!("gre && frame contains \"{text}\"");
    let rows = dissection::fields(file, &filter, &["frame.number", "ip.dst^", "data.data"])?;
    let mut went: BTreeMap<&str, Vec<Ipv4Addr>> = BTreeMap::new();
    let mut numbers = Vec::new();
    for row in &rows {
        let [number, to, data] = row.as_slice() else {
            anyhow::bail!("tshark printed {row:?}");
        };
        numbers.push(number.parse()?);
        went.entry(data).or_default().push(to.parse()?);
    }
    for (data, to) in &went {
        let set: BTreeSet<_> = to.iter().copied().collect();
        ensure!(
            set == *expected && to.len() == expected.len(),
            "`{text}`, {data}: went to {to:?}, not to {expected:?}"
        );
    }
    let ends = numbers.first().copied().zip(numbers.last().copied());
    ends.with_context(|| format!("no frame has `{text}`"))
}
