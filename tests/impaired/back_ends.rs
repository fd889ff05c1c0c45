//! Which back end is in force, and what comes of changes to a running lab.

use std::time::Duration;

use anyhow::ensure;
use dcilab::lab::{BackEnd, Direction};
use impairment::Impairment;
use topology::ImpairWith;

use crate::stage::Stage;

const GAP: Duration = Duration::from_micros(200);

fn expected(by: ImpairWith) -> BackEnd {
    match by {
        ImpairWith::Relay => BackEnd::Relay,
        ImpairWith::Netem | ImpairWith::Auto => BackEnd::Netem,
    }
}

fn delayed(millis: u64) -> Impairment {
    Impairment {
        delay: Duration::from_millis(millis),
        ..Impairment::default()
    }
}

pub(crate) async fn partition(stage: &mut Stage) -> anyhow::Result<()> {
    stage.lab.partition(&["a"], &["b", "c"]).await?;
    stage.stream(("a", "b"), 0..200, GAP).await?;
    stage.stream(("b", "a"), 0..200, GAP).await?;
    stage.stream(("c", "b"), 0..200, GAP).await?;
    let at_b = stage.expect("b", 200).await?;
    ensure!(
        at_b.iter().all(|arrival| arrival.from == b'c'),
        "something came from a"
    );
    let told = stage.report("a", "b").await?;
    ensure!(told.is_partitioned && told.asked == delayed(30), "{told:?}");
    let dropped = told.measured.partitioned + told.measured.lost;
    ensure!(dropped == 200 && told.measured.delivered == 0, "{told:?}");
    ensure!(stage.arrivals("a")?.is_empty(), "something came from b");
    ensure!(
        stage.lab.partition(&["a"], &["a"]).await.is_err(),
        "a site was parted from itself"
    );

    stage.lab.heal().await?;
    stage.stream(("a", "b"), 200..400, GAP).await?;
    stage.stream(("b", "a"), 200..400, GAP).await?;
    let at_b = stage.expect("b", 200).await?;
    let soonest = at_b
        .iter()
        .map(|arrival| arrival.took)
        .min()
        .unwrap_or_default();
    ensure!(
        soonest > Duration::from_millis(29),
        "the delay is gone: {soonest:?}"
    );
    stage.expect("a", 200).await?;
    let report = stage.lab.impairments().await?;
    ensure!(
        report.paths.len() == 1,
        "more than the topology asks: {report:?}"
    );
    Ok(())
}

pub(crate) async fn reset(stage: &mut Stage) -> anyhow::Result<()> {
    let none = stage.lab.impairments().await?;
    ensure!(
        none.back_end == BackEnd::None && none.paths.is_empty(),
        "{none:?}"
    );
    let paths = stage.lab.paths("a", "*", Direction::Both)?;
    ensure!(paths.len() == 4, "{paths:?}");
    stage.lab.impair(&paths, &delayed(20)).await?;
    let report = stage.lab.impairments().await?;
    ensure!(
        report.back_end == expected(stage.by) && report.paths.len() == 4,
        "{report:?}"
    );
    stage.stream(("a", "b"), 0..50, GAP).await?;
    let slow = stage.gather(("a", "b"), 50).await?;
    let soonest = slow
        .iter()
        .map(|arrival| arrival.took)
        .min()
        .unwrap_or_default();
    ensure!(soonest > Duration::from_millis(19), "{soonest:?}");

    let all = stage.lab.paths("*", "*", Direction::Both)?;
    stage.lab.reset_impairments(&all).await?;
    let report = stage.lab.impairments().await?;
    ensure!(
        report.back_end == BackEnd::None && report.paths.is_empty(),
        "{report:?}"
    );
    stage.stream(("a", "b"), 50..100, GAP).await?;
    let quick = stage.expect("b", 50).await?;
    let soonest = quick
        .iter()
        .map(|arrival| arrival.took)
        .min()
        .unwrap_or_default();
    ensure!(
        soonest < Duration::from_millis(10),
        "still delayed: {soonest:?}"
    );
    Ok(())
}

pub(crate) async fn to_and_fro(stage: &mut Stage) -> anyhow::Result<()> {
    const TURNS: u32 = 10;
    const EACH: u32 = 200;
    let paths = stage.lab.paths("a", "b", Direction::OneWay)?;
    for turn in 0..TURNS {
        // As close to the change as can be, on both sides.
        stage
            .stream(("a", "b"), turn * EACH..turn * EACH + EACH / 2, GAP)
            .await?;
        if turn % 2 == 0 {
            stage.lab.impair(&paths, &delayed(1)).await?;
        } else {
            stage.lab.reset_impairments(&paths).await?;
        }
        stage
            .stream(("a", "b"), turn * EACH + EACH / 2..(turn + 1) * EACH, GAP)
            .await?;
    }
    let arrivals = stage.expect("b", (TURNS * EACH) as usize).await?;
    let mut numbers: Vec<_> = arrivals.iter().map(|arrival| arrival.number).collect();
    numbers.sort_unstable();
    ensure!(
        numbers == (0..TURNS * EACH).collect::<Vec<_>>(),
        "some are missing, some came twice"
    );
    Ok(())
}

pub(crate) async fn choice(stage: &mut Stage) -> anyhow::Result<()> {
    let copies = Impairment {
        duplicate: "10%".parse()?,
        ..Impairment::default()
    };
    let paths = stage.lab.paths("a", "b", Direction::Both)?;
    let done = stage.lab.impair(&paths, &copies).await;
    match stage.by {
        ImpairWith::Netem => {
            let refused = done
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default();
            ensure!(refused.contains("netem makes no copies"), "{refused}");
            let report = stage.lab.impairments().await?;
            ensure!(
                report.paths.is_empty(),
                "what was refused is asked: {report:?}"
            );
        }
        ImpairWith::Relay | ImpairWith::Auto => {
            done?;
            let report = stage.lab.impairments().await?;
            ensure!(
                report.back_end == BackEnd::Relay && !report.because.is_empty(),
                "{report:?}"
            );
        }
    }
    let wrong = Impairment {
        jitter: Duration::from_millis(1),
        ..Impairment::default()
    };
    let refused = stage.lab.impair(&paths, &wrong).await.err();
    ensure!(
        refused.is_some_and(|error| error.to_string().contains("jitter")),
        "jitter alone"
    );
    ensure!(
        stage.lab.paths("a", "x", Direction::Both).is_err(),
        "there is no site x"
    );
    Ok(())
}
