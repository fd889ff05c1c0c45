//! Delay, jitter and rate.

use std::time::Duration;

use anyhow::ensure;
use impairment::Fate;
use topology::ImpairWith;

use crate::stage::{HEADERS, Stage, quantile};

pub(crate) const CONSTANT: &str = "[[impairment]]\nfrom = \"a\"\nto = \"b\"\ndelay = \"30ms\"\n";
pub(crate) const JITTER: &str =
    "[[impairment]]\nfrom = \"a\"\nto = \"b\"\ndelay = \"20ms\"\njitter = \"8ms\"\n";
pub(crate) const RATE: &str =
    "[[impairment]]\nfrom = \"a\"\nto = \"b\"\nrate = \"4mbit\"\nqueue = 100\n";

/// Two stamps of one machine by two clocks agree within this.
const STAMPS: Duration = Duration::from_micros(100);
/// By how much more than asked the quickest tenth may be late, on a machine that does other things.
const LATE: Duration = Duration::from_millis(2);
const COUNT: u32 = 500;

/// An impaired and an unimpaired path, turn by turn: how long packets took on each.
async fn both(stage: &mut Stage) -> anyhow::Result<[Vec<(u32, Duration)>; 2]> {
    for number in 0..COUNT {
        stage
            .stream(("a", "b"), number..number + 1, Duration::ZERO)
            .await?;
        stage
            .stream(("c", "a"), number..number + 1, Duration::ZERO)
            .await?;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let impaired = stage.gather(("a", "b"), COUNT.into()).await?;
    let plain = stage.expect("a", COUNT as usize).await?;
    let took = |arrivals: Vec<crate::stage::Arrival>| {
        arrivals
            .into_iter()
            .map(|arrival| (arrival.number, arrival.took))
            .collect::<Vec<_>>()
    };
    Ok([took(impaired), took(plain)])
}

fn times(took: &[(u32, Duration)]) -> Vec<Duration> {
    took.iter().map(|(_, took)| *took).collect()
}

pub(crate) async fn constant(stage: &mut Stage) -> anyhow::Result<()> {
    let asked = Duration::from_millis(30);
    let [impaired, plain] = both(stage).await?;
    ensure!(
        impaired.len() == COUNT as usize,
        "{} have arrived",
        impaired.len()
    );
    let shortest = quantile(times(&impaired), 0.0);
    ensure!(shortest + STAMPS >= asked, "one took only {shortest:?}");
    let (quick, usual) = (
        quantile(times(&impaired), 0.1),
        quantile(times(&plain), 0.1),
    );
    let added = quick.saturating_sub(usual);
    ensure!(
        added < asked + LATE,
        "{added:?} more than the unimpaired path"
    );
    let told = stage.report("a", "b").await?.measured;
    ensure!(
        told.packets == u64::from(COUNT) && told.lost == 0,
        "{told:?}"
    );
    if stage.by == ImpairWith::Relay {
        let delay = told
            .delay
            .unwrap_or_else(|| unreachable!("packets have left"));
        ensure!(
            delay.min >= asked && delay.count == u64::from(COUNT),
            "{told:?}"
        );
        ensure!(delay.min < asked + LATE, "{told:?}");
    }
    Ok(())
}

pub(crate) async fn jitter(stage: &mut Stage) -> anyhow::Result<()> {
    let (least, most) = (Duration::from_millis(12), Duration::from_millis(28));
    let [impaired, plain] = both(stage).await?;
    let shortest = quantile(times(&impaired), 0.0);
    ensure!(shortest + STAMPS >= least, "one took only {shortest:?}");
    // An even distribution: a twentieth of the width above the least, a tenth are below. The odds that of
    // 500 less than 20 are there are below one in a million, and more than 110 below that, too.
    let usual = quantile(times(&plain), 0.1);
    let (low, high) = (
        quantile(times(&impaired), 0.04),
        quantile(times(&impaired), 0.22),
    );
    let tenth = least + (most - least) / 10;
    ensure!(low < tenth + usual + LATE, "{low:?} at 4 %");
    ensure!(high + STAMPS >= tenth, "{high:?} at 22 %");
    let upper = quantile(times(&impaired), 0.96);
    ensure!(
        upper + STAMPS >= most - (most - least) / 10,
        "{upper:?} at 96 %"
    );
    if stage.by == ImpairWith::Relay {
        each_as_predicted(stage, &impaired, usual).await?;
    }
    Ok(())
}

/// The delay of each packet follows from the seed.
async fn each_as_predicted(
    stage: &Stage,
    impaired: &[(u32, Duration)],
    usual: Duration,
) -> anyhow::Result<()> {
    let asked = stage.report("a", "b").await?.asked;
    let predicted = stage.predict("a", "b", &asked, COUNT);
    let mut excess = Vec::new();
    for (number, took) in impaired {
        let Some(Fate::Carried { due, .. }) = predicted.get(*number as usize) else {
            anyhow::bail!("{number} was to be lost");
        };
        let due = Duration::from_nanos(due.as_nanos());
        ensure!(
            *took + STAMPS >= due,
            "{number} took {took:?}, less than {due:?}"
        );
        excess.push(took.saturating_sub(due));
    }
    let excess = quantile(excess, 0.1);
    ensure!(excess < usual + LATE, "{excess:?} later than drawn");
    Ok(())
}

pub(crate) async fn rate(stage: &mut Stage) -> anyhow::Result<()> {
    const BYTES: usize = 1000;
    const SENT: u32 = 300;
    for number in 0..SENT {
        stage.send("a", "b", number, BYTES)?;
    }
    let arrivals = stage.gather(("a", "b"), SENT.into()).await?;
    let told = stage.report("a", "b").await?.measured;
    let dropped = u64::from(SENT) - arrivals.len() as u64;
    // 100 are held; while 300 are sent at once, some leave.
    ensure!(
        arrivals.len() >= 100 && dropped > 50,
        "{} of {SENT}",
        arrivals.len()
    );
    ensure!(told.lost + told.queue_full == dropped, "{told:?}");
    if stage.by == ImpairWith::Relay {
        ensure!(told.queue_full == dropped, "{told:?}");
    }
    let (first, last) = (arrivals[0].at, arrivals[arrivals.len() - 1].at);
    let took = last.saturating_since(first).as_secs_f64();
    let bits = (arrivals.len() - 1) as f64 * (BYTES + HEADERS) as f64 * 8.0;
    let ratio = bits / took / 4e6;
    // Each leaves by the clock: lateness of one is not added to the next.
    ensure!(
        (0.8..1.03).contains(&ratio),
        "{ratio} of the rate that was asked"
    );
    Ok(())
}
