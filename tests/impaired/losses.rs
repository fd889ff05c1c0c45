//! Losses, copies, order: which packets, and how many.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use dcilab::lab::Direction;
use impairment::{DropReason, Fate};
use topology::ImpairWith;

use crate::stage::{Arrival, Stage};

pub(crate) const SINGLE: &str = "[[impairment]]\nfrom = \"a\"\nto = \"b\"\nloss = \"5%\"\n";
pub(crate) const BURSTS: &str =
    "[[impairment]]\nbetween = [\"a\", \"b\"]\nloss = \"10%\"\nburst = 5\n";
pub(crate) const COPIES: &str = "[[impairment]]\nfrom = \"a\"\nto = \"b\"\ndelay = \"40ms\"\n\
                                 duplicate = \"10%\"\nreorder = \"20%\"\nqueue = 5000\n";

const GAP: Duration = Duration::from_micros(100);
const COUNT: u32 = 4000;

/// Which numbers did not arrive.
fn missing(arrivals: &[Arrival], count: u32) -> Vec<u32> {
    let here: std::collections::BTreeSet<_> =
        arrivals.iter().map(|arrival| arrival.number).collect();
    (0..count).filter(|number| !here.contains(number)).collect()
}

/// How many runs of consecutive numbers there are.
fn runs(numbers: &[u32]) -> usize {
    let breaks = numbers.windows(2).filter(|pair| pair[1] != pair[0] + 1);
    breaks.count() + usize::from(!numbers.is_empty())
}

fn predicted_losses(fates: &[Fate]) -> Vec<u32> {
    let lost = fates.iter().zip(0..);
    let lost = lost.filter(|(fate, _)| **fate == Fate::Dropped(DropReason::Lost));
    lost.map(|(_, number)| number).collect()
}

/// Sends a stream from `from` to `to` and gives the numbers that were lost.
async fn lost_of(stage: &mut Stage, from: &str, to: &'static str) -> anyhow::Result<Vec<u32>> {
    stage.stream((from, to), 0..COUNT, GAP).await?;
    let arrivals = stage.gather((from, to), COUNT.into()).await?;
    let lost = missing(&arrivals, COUNT);
    ensure!(
        arrivals.len() + lost.len() == COUNT as usize,
        "some came twice"
    );
    let report = stage.report(from, to).await?;
    ensure!(
        report.measured.lost == lost.len() as u64,
        "{} lost: {report:?}",
        lost.len()
    );
    if stage.by == ImpairWith::Relay {
        let fates = stage.predict(from, to, &report.asked, COUNT);
        ensure!(
            lost == predicted_losses(&fates),
            "others than the seed says: {lost:?}"
        );
        ensure!(
            report.measured.loss_bursts == Some(runs(&lost) as u64),
            "{report:?}"
        );
    }
    Ok(lost)
}

/// The mean and six standard deviations around it: once in a billion it is another.
fn expect_near(what: &str, found: f64, mean: f64, deviation: f64) -> anyhow::Result<()> {
    let far = (found - mean).abs() > 6.0 * deviation;
    ensure!(!far, "{what}: {found}, not {mean} give or take {deviation}");
    Ok(())
}

pub(crate) async fn single(stage: &mut Stage) -> anyhow::Result<()> {
    let lost = lost_of(stage, "a", "b").await?;
    let (count, share) = (f64::from(COUNT), 0.05);
    let deviation = (count * share * (1.0 - share)).sqrt();
    expect_near("lost", lost.len() as f64, count * share, deviation)?;
    // The other way nothing is asked.
    stage.stream(("b", "a"), 0..500, GAP).await?;
    stage.expect("a", 500).await?;
    Ok(())
}

pub(crate) async fn bursts(stage: &mut Stage) -> anyhow::Result<()> {
    let (count, share, burst) = (f64::from(COUNT), 0.1, 5.0_f64);
    let lost = lost_of(stage, "a", "b").await?;
    let runs = runs(&lost) as f64;
    // Lengths are geometric: their deviation is about their mean.
    let mean = lost.len() as f64 / runs;
    expect_near(
        "mean burst",
        mean,
        burst,
        (burst * (burst - 1.0)).sqrt() / runs.sqrt(),
    )?;
    let wanted = count * share / burst;
    expect_near("bursts", runs, wanted, wanted.sqrt())?;
    Ok(())
}

pub(crate) async fn again(stage: &mut Stage) -> anyhow::Result<()> {
    let first = lost_of(stage, "a", "b").await?;
    let asked = stage.report("a", "b").await?.asked;
    let paths = stage.lab.paths("a", "b", Direction::Both)?;
    stage.lab.impair(&paths, &asked).await?;
    let second = lost_of(stage, "a", "b").await?;
    ensure!(
        first == second,
        "other packets were lost after the same was asked again"
    );
    let back = lost_of(stage, "b", "a").await?;
    ensure!(first != back, "both directions lose the same");
    Ok(())
}

pub(crate) async fn copies(stage: &mut Stage) -> anyhow::Result<()> {
    const COUNT: u32 = 1000;
    stage
        .stream(("a", "b"), 0..COUNT, Duration::from_millis(1))
        .await?;
    let arrivals = stage.gather(("a", "b"), COUNT.into()).await?;
    let report = stage.report("a", "b").await?;
    let fates = stage.predict("a", "b", &report.asked, COUNT);
    let mut came: BTreeMap<u32, Vec<Duration>> = BTreeMap::new();
    for arrival in &arrivals {
        came.entry(arrival.number).or_default().push(arrival.took);
    }
    let delay = Duration::from_millis(40);
    for (fate, number) in fates.iter().zip(0..) {
        let Fate::Carried { due, copy_due } = fate else {
            anyhow::bail!("{number} was to be lost");
        };
        let dues = core::iter::once(due).chain(copy_due);
        let delayed = dues.clone().filter(|due| due.as_nanos() > 0).count();
        let took = came.get(&number).cloned().unwrap_or_default();
        ensure!(
            took.len() == dues.count(),
            "{number} came {} times: {fate:?}",
            took.len()
        );
        // What overtakes may be late, but what is delayed is never early.
        let waited = took
            .iter()
            .filter(|took| **took + Duration::from_micros(100) >= delay);
        ensure!(
            waited.count() >= delayed,
            "{number}: {took:?}, not {fate:?}"
        );
    }
    let overtakes = arrivals
        .windows(2)
        .filter(|pair| pair[1].number < pair[0].number)
        .count();
    ensure!(overtakes > 50, "only {overtakes} came behind a later one");
    let told = report.measured;
    ensure!(told.duplicates > 50 && told.reordered > 100, "{told:?}");
    ensure!(told.delivered == arrivals.len() as u64, "{told:?}");
    Ok(())
}
