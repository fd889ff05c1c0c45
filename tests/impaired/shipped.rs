//! The topologies that are shipped, and what their heads say.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use dcilab::lab::SitePath;
use impairment::{DropReason, Fate, Impairment, Line, PathId, Statistics, Traffic, path_seed};
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;
use wire::Timestamp;

const FIVE_SITE_WAN: &str = include_str!("../../topologies/five-site-wan.toml");
const LOSSY_WAN: &str = include_str!("../../topologies/lossy-wan.toml");
const ASYMMETRIC_DELAY: &str = include_str!("../../topologies/asymmetric-delay.toml");

pub(crate) fn trials() -> Vec<Trial> {
    let lab = [Requirement::Lab];
    vec![
        needing(
            &lab,
            "five_site_wan_distance_is_in_the_outage",
            five_site_wan,
        ),
        needing(&lab, "lossy_wan_loses_what_its_seed_says", lossy_wan),
        needing(
            &lab,
            "asymmetric_delay_each_direction_has_its_own",
            asymmetric_delay,
        ),
    ]
}

/// One impaired path of a result.
struct Told {
    asked: Impairment,
    measured: Statistics,
}

/// One run of a topology.
struct Run {
    run: Value,
    paths: BTreeMap<SitePath, Told>,
}

fn path(from: &str, to: &str) -> SitePath {
    SitePath {
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

impl Run {
    fn of(topology: &str, arguments: &str) -> anyhow::Result<Self> {
        let scratch = TempDir::new()?;
        let file = scratch.path().join("topology.toml");
        std::fs::write(&file, topology)?;
        let (file, output) = (file.display(), scratch.path().display());
        let line = format!("run {file} {arguments} -f json --output {output}");
        let ended = invocation::run(&line)?;
        // Code 3: a busy machine, or losses; the figures that are asked for here are not disturbed by either.
        if ended.status.code() != Some(3) {
            ended.expect_code(0)?;
        }
        let file: Value = serde_json::from_str(&ended.stdout)?;
        let run = file["runs"][0].clone();
        let told = run["impairments"]["paths"]
            .as_array()
            .context("no path is impaired")?;
        let mut paths = BTreeMap::new();
        for path in told {
            let told = Told {
                asked: serde_json::from_value(path["asked"].clone())?,
                measured: serde_json::from_value(path["measured"].clone())?,
            };
            paths.insert(
                serde_json::from_value(serde_json::json!({
                    "from": path["from"], "to": path["to"],
                }))?,
                told,
            );
        }
        ensure!(run["impairments"]["overruns"] == 0, "the relay was overrun");
        Ok(Self { run, paths })
    }

    fn delay(&self, from: &str, to: &str) -> anyhow::Result<Duration> {
        Ok(self
            .paths
            .get(&path(from, to))
            .context("no such path")?
            .asked
            .delay)
    }

    /// The report of the flow from one host to another.
    fn flow(&self, from: &str, to: &str) -> anyhow::Result<&Value> {
        let flows = self.run["flows"].as_array().context("no flows")?;
        let found = flows
            .iter()
            .find(|flow| flow["from"] == from && flow["to"] == to);
        Ok(&found.context("no such flow")?["report"])
    }

    /// The outage of that flow: the least and the most that it can be.
    fn outage(&self, from: &str, to: &str) -> anyhow::Result<(Duration, Duration)> {
        let outage = &self.flow(from, to)?["outage"]["duration"];
        Ok((nanos(&outage["lower_ns"])?, nanos(&outage["upper_ns"])?))
    }

    /// Every packet was delayed by what its path's table says, and no less.
    fn expect_delays(&self) -> anyhow::Result<()> {
        for (path, told) in &self.paths {
            let delay = told
                .measured
                .delay
                .with_context(|| format!("{path}: no packet"))?;
            ensure!(
                delay.min >= told.asked.delay,
                "{path}: {delay:?}, not {}",
                told.asked
            );
        }
        Ok(())
    }

    /// What a client loses while it probes the VM: no less than the way to the old site and from the new one.
    fn expect_distance(&self, client: &str, old: &str, new: &str) -> anyhow::Result<Duration> {
        let distance = self.delay(client, old)? + self.delay(new, client)?;
        let (least, most) = self.outage(&format!("client-{client}"), "vm1")?;
        ensure!(
            most >= distance,
            "{client}: at most {most:?}, and the ways take {distance:?}"
        );
        Ok(least)
    }
}

fn nanos(value: &Value) -> anyhow::Result<Duration> {
    Ok(Duration::from_nanos(value.as_u64().context("no number")?))
}

fn five_site_wan() -> anyhow::Result<()> {
    let run = Run::of(FIVE_SITE_WAN, "")?;
    ensure!(run.paths.len() == 20, "{} paths", run.paths.len());
    run.expect_delays()?;
    for (client, least) in [("nyc", 80), ("tyo", 129), ("sin", 144)] {
        let distance = run.delay(client, "fra")? + run.delay("lon", client)?;
        ensure!(
            distance > Duration::from_millis(least),
            "the head says otherwise: {distance:?}"
        );
        run.expect_distance(client, "fra", "lon")?;
    }
    let (nearest, _) = run.outage("client-nyc", "vm1")?;
    let (_, farthest) = run.outage("client-sin", "vm1")?;
    ensure!(
        nearest < farthest,
        "New York {nearest:?}, Singapore {farthest:?}"
    );
    Ok(())
}

fn asymmetric_delay() -> anyhow::Result<()> {
    let run = Run::of(ASYMMETRIC_DELAY, "")?;
    run.expect_delays()?;
    let shortest = |from: &str, to: &str| {
        let told = run.paths.get(&path(from, to)).context("no such path")?;
        Ok::<_, anyhow::Error>(told.measured.delay.context("no packet")?.min)
    };
    let (there, back) = (shortest("a", "b")?, shortest("b", "a")?);
    ensure!(back > there * 2, "there {there:?}, back {back:?}");
    // The VM's probes to b take the way from a first, and that from c then.
    let delay = &run.flow("vm1", "client-b")?["delay"];
    let (least, most) = (nanos(&delay["minimum_ns"])?, nanos(&delay["maximum_ns"])?);
    ensure!(least >= run.delay("a", "b")?, "{least:?}");
    ensure!(most >= run.delay("c", "b")?, "{most:?}");
    run.expect_distance("b", "a", "c")?;
    ensure!(run.delay("b", "a")? + run.delay("c", "b")? == Duration::from_millis(100));
    Ok(())
}

fn lossy_wan() -> anyhow::Result<()> {
    let run = Run::of(LOSSY_WAN, "--igp immediate")?;
    ensure!(run.paths.len() == 6, "{} paths", run.paths.len());
    let seed = run.run["seed"].as_u64().context("no seed")?;
    for (path, told) in &run.paths {
        let (measured, predicted) = (told.measured, predict(seed, path, told));
        ensure!(measured.packets > 0, "{path}: no packet");
        ensure!(
            measured.lost == predicted,
            "{path}: {predicted} predicted: {measured:?}"
        );
    }
    let recovery = &run.flow("client-b", "vm1")?["recovery"]["state"];
    ensure!(recovery == "recovered", "{recovery}");
    Ok(())
}

/// How many of the packets that a path has had were to be lost.
fn predict(seed: u64, path: &SitePath, told: &Told) -> u64 {
    let mut line = Line::default();
    let seed = path_seed(seed, &path.from, &path.to);
    let id = PathId(0);
    line.set(id, seed, told.asked.clone(), Traffic::Passes);
    let fates = (0..told.measured.packets).map(|_| {
        let fate = line.offer(id, Timestamp::ZERO, 100, || ());
        while let Some(packet) = line.take_due(Timestamp::from_nanos(u64::MAX)) {
            line.left(&packet, Timestamp::ZERO);
        }
        fate
    });
    let lost = fates.filter(|fate| *fate == Some(Fate::Dropped(DropReason::Lost)));
    u64::try_from(lost.count()).unwrap_or(u64::MAX)
}
