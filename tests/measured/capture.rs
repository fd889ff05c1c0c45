//! The capture, read by a reader that is not the project's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use lab_tests::pcapng::{Capture, Direction};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::Run;
use libtest_mimic::Trial;

use crate::stage::{Compared, Stage};

type Test = fn(&Run, &Capture) -> anyhow::Result<()>;

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let tests: [(&str, Test); 3] = [
        (
            "capture_names_its_interfaces_and_has_both_directions",
            interfaces,
        ),
        ("capture_has_a_comment_for_each_phase", comments),
        ("capture_is_in_order_of_time", stamps),
    ];
    let trial = |(name, test): (&str, Test)| {
        let stage = stage.clone();
        needing(&[Requirement::Lab], name, move || {
            each(stage.compared()?, test)
        })
    };
    tests.into_iter().map(trial).collect()
}

fn each(compared: &Compared, test: Test) -> anyhow::Result<()> {
    for run in &compared.result.runs {
        let capture = Capture::read(&compared.capture_of(run))?;
        test(run, &capture).with_context(|| run.capture.clone())?;
    }
    Ok(())
}

fn interfaces(run: &Run, capture: &Capture) -> anyhow::Result<()> {
    let mut named = Vec::new();
    for point in &run.capture_points {
        let text = |key: &str| {
            point[key]
                .as_str()
                .with_context(|| format!("no {key}: {point}"))
        };
        named.push(format!("{}:{}", text("node")?, text("interface")?));
        ensure!(point["missed"] == 0, "the capture missed frames: {point}");
    }
    ensure!(
        capture.interfaces == named,
        "{:?}, not {named:?}",
        capture.interfaces
    );
    for ours in [
        "ed-a:uplink",
        "ed-b:uplink",
        "ed-c:uplink",
        "ed-a:port1",
        "vm1:eth0",
    ] {
        ensure!(
            named.iter().any(|name| name == ours),
            "no capture on {ours}: {named:?}"
        );
    }
    let seen = capture
        .frames
        .iter()
        .map(|f| (f.interface.as_str(), f.direction));
    let seen: BTreeSet<_> = seen.collect();
    for name in &named {
        for direction in [Direction::Inbound, Direction::Outbound] {
            ensure!(
                seen.contains(&(name.as_str(), direction)),
                "{name}: nothing {direction:?}"
            );
        }
    }
    Ok(())
}

/// Each phase until the end of the migration, once, in order.
fn comments(run: &Run, capture: &Capture) -> anyhow::Result<()> {
    let comments: Vec<_> = capture
        .frames
        .iter()
        .flat_map(|frame| &frame.comments)
        .collect();
    let end = run
        .phases
        .iter()
        .rposition(|phase| phase.kind == "remote-entry");
    let phases = &run.phases[..=end.context("no remote entry")?];
    let mut places = Vec::new();
    // The first good probe is found when the run is over: too late for a remark.
    for phase in phases
        .iter()
        .filter(|phase| phase.kind != "first-good-probe")
    {
        let text = format!("{}: {}", phase.node, phase.text);
        let mut found = (0..)
            .zip(&comments)
            .filter(|(_, comment)| ***comment == text);
        let (place, _): (usize, _) = found
            .next()
            .with_context(|| format!("no comment `{text}`"))?;
        ensure!(found.next().is_none(), "`{text}` is there twice");
        places.push((phase.at, place));
    }
    places.sort_by_key(|(_, place)| *place);
    ensure!(
        places.is_sorted(),
        "the comments are not in order: {places:?}"
    );
    Ok(())
}

fn stamps(run: &Run, capture: &Capture) -> anyhow::Result<()> {
    let in_order = capture.frames.is_sorted_by_key(|frame| frame.at);
    ensure!(in_order, "the stamps go back");
    // In the right unit, and on the wall clock: within a day of now.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let day = Duration::from_secs(86_400);
    let last = capture.frames.last().context("an empty capture")?.at;
    ensure!(
        last.abs_diff(now) < day,
        "the capture is of {last:?} since 1970, now is {now:?}"
    );
    // The comment of the first phase sits where the trigger was: the span from there to the LSP is
    // what the time-line says, give or take the wait for a frame.
    let at = |kind: &str| {
        let phase = run.first(kind, None)?;
        let text = format!("{}: {}", phase.node, phase.text);
        let mut frames = capture.frames.iter();
        let frame = frames.find(|frame| frame.comments.contains(&text));
        Ok::<_, anyhow::Error>((phase.at, frame.with_context(|| format!("no `{text}`"))?.at))
    };
    let (begun, first) = at("detached")?;
    let (ended, last) = at("lsp-originated")?;
    let (told, seen) = (Duration::from_nanos(ended - begun), last - first);
    ensure!(
        told.abs_diff(seen) * 10 < told,
        "{told:?} by the time-line, {seen:?} by the capture"
    );
    Ok(())
}
