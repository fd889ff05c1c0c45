//! `dcilab demo --mode garp-flood-verified`: its ARP tables are those of the pictures, and
//! it says that the third site waits for the IGP (D-7).

use std::sync::Arc;

use anyhow::{Context, ensure};
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::result::{ArpEntries, ArpEntry, Flow, Moment, ResultFile, Run};
use lab_tests::topology_text::{move_of, three_site};
use libtest_mimic::Trial;
use tempfile::TempDir;
use topology::Plan;

use crate::stage::{PROFILE, Stage};

const MODE: &str = "garp-flood-verified";
/// As the edge devices count it.
const DROP: &str = "flood-from-public";

/// What the demo has told people and machines.
pub(crate) struct Demonstrated {
    table: String,
    result: ResultFile,
}

impl Demonstrated {
    pub(crate) fn run() -> anyhow::Result<Self> {
        let scratch = TempDir::new()?;
        let output = scratch.path().display();
        let ended = invocation::run(&format!("demo --mode {MODE} --output {output}"))?;
        // Code 3: all is there, but the figures do not count.
        if ended.status.code() != Some(3) {
            ended.expect_code(0)?;
        }
        let file = scratch.path().join("latest/result.json");
        let result = ResultFile::parse(&std::fs::read_to_string(file)?)?;
        Ok(Self {
            table: ended.stdout,
            result,
        })
    }

    fn verified(&self) -> anyhow::Result<&Run> {
        self.result.run(MODE, PROFILE)
    }

    /// A line of the report, with single spaces.
    fn line(&self, start: &str) -> anyhow::Result<String> {
        let report = self.table.split_once(&format!("\n{MODE} with IGP timers"));
        let (_, report) = report.context("no report of the mode")?;
        let squeezed = report
            .lines()
            .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut lines = squeezed.skip_while(|line| !line.starts_with("ARP table entries"));
        let found = lines.find(|line| line.starts_with(start));
        found.with_context(|| format!("no line `{start}`:\n{}", self.table))
    }
}

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let trial = |name: &str, test: fn(&Demonstrated) -> anyhow::Result<()>| {
        let stage = stage.clone();
        needing(&[Requirement::Lab], name, move || {
            test(stage.demonstrated()?)
        })
    };
    vec![
        trial("r_12_r_13_arp_tables_when_the_vm_has_started", started),
        trial("r_14_r_15_arp_tables_when_the_vm_is_announced", announced),
        trial(
            "r_16_the_publication_ends_what_the_arp_tables_began",
            published,
        ),
        trial(
            "d_7_the_third_site_waits_for_the_igp_and_is_told_so",
            third_site,
        ),
        trial(
            "the_demo_shows_the_baseline_beside_the_mode_asked_for",
            cells,
        ),
    ]
}

/// An ARP table's entry in a picture: where the VM was announced.
#[derive(Clone, Copy)]
enum Seen {
    Snooping,
    /// From the public side, by the device of this site.
    Suppression(&'static str),
    /// The same, and the MAC table does not agree.
    Contradicted(&'static str),
}

/// Compares ARP tables with a picture, for the sites in order.
fn compare(moment: &Moment, picture: [Seen; 3]) -> anyhow::Result<()> {
    let plan = three_site()?.plan();
    for (device, seen) in plan.edge_devices.iter().zip(picture) {
        let name = &device.config.name;
        let found = moment
            .arp
            .get(name)
            .with_context(|| format!("no tables of {name}"))?;
        let expected = entries(&plan, &device.site, seen)?;
        ensure!(
            *found == expected,
            "{}, {name}: {found:?}, not {expected:?}",
            moment.name
        );
    }
    Ok(())
}

/// IP A, VLAN 100, MAC A, port1 or the EVI link to a site.
fn entries(plan: &Plan, at: &str, seen: Seen) -> anyhow::Result<ArpEntries> {
    let device = |site: &str| {
        let mut devices = plan.edge_devices.iter();
        devices
            .find(|device| device.site == site)
            .context("no such site")
    };
    let config = &device(at)?.config;
    let migration = move_of(plan);
    let entry = |port: &str, status: &str| {
        vec![ArpEntry {
            ip: migration.vm_address.to_string(),
            vlan: migration.vlan.get(),
            mac: migration.vm_mac.to_string(),
            port: port.to_owned(),
            status: status.to_owned(),
        }]
    };
    Ok(match seen {
        Seen::Snooping => ArpEntries {
            snooping: entry("port1", "valid"),
            suppression: Vec::new(),
        },
        Seen::Suppression(site) | Seen::Contradicted(site) => {
            let status = match seen {
                Seen::Contradicted(_) => "invalid",
                _ => "valid",
            };
            let peer = device(site)?.config.public.address;
            let link = config.evi_links.iter().find(|link| link.peer == peer);
            ArpEntries {
                snooping: Vec::new(),
                suppression: entry(&link.context("no such link")?.name, status),
            }
        }
    })
}

/// Figure 12: the VM has moved to the third of the sites. At the one that it has nothing to do with, the
/// MAC table does not agree until the publication (D-7).
const ANNOUNCED: [Seen; 3] = [
    Seen::Suppression("c"),
    Seen::Contradicted("c"),
    Seen::Snooping,
];

/// The same when the IGP has published it.
const PUBLISHED: [Seen; 3] = [
    Seen::Suppression("c"),
    Seen::Suppression("c"),
    Seen::Snooping,
];

fn moment(run: &Run, name: &str) -> anyhow::Result<usize> {
    let at = run.moments.iter().position(|moment| moment.name == name);
    at.with_context(|| format!("no moment `{name}`"))
}

/// State and port of the VM's MAC entries, for the sites in order.
fn mac_entries(moment: &Moment) -> Vec<(String, Option<String>)> {
    let entries = moment.entries.values().flatten();
    entries
        .map(|entry| (entry.state.clone(), entry.port.clone()))
        .collect()
}

fn started(demo: &Demonstrated) -> anyhow::Result<()> {
    let run = demo.verified()?;
    let picture = [
        Seen::Snooping,
        Seen::Suppression("a"),
        Seen::Suppression("a"),
    ];
    compare(&run.moments[moment(run, "before the move")?], picture)?;
    let (line, at_a) = (
        demo.line("vm1 started at site a")?,
        "suppression evi-link1 to a",
    );
    ensure!(
        line == format!("vm1 started at site a snooping port1 {at_a} {at_a}"),
        "{line}"
    );
    Ok(())
}

fn announced(demo: &Demonstrated) -> anyhow::Result<()> {
    let run = demo.verified()?;
    let moment = &run.moments[moment(run, "announced, not published")?];
    compare(moment, ANNOUNCED)?;
    let port = |name: &str| Some(name.to_owned());
    let expected = [
        ("flood".to_owned(), None),
        ("remote".to_owned(), port("evi-link1")),
        ("local".to_owned(), port("port1")),
    ];
    let found = mac_entries(moment);
    ensure!(
        found == expected,
        "MAC entries: {found:?}, not {expected:?}"
    );
    let (line, at_c) = (
        demo.line("announced, not published")?,
        "suppression evi-link2 to c",
    );
    ensure!(
        line == format!("announced, not published {at_c} {at_c} snooping port1"),
        "{line}"
    );
    Ok(())
}

fn published(demo: &Demonstrated) -> anyhow::Result<()> {
    let run = demo.verified()?;
    let moment = &run.moments[moment(run, "published")?];
    compare(moment, PUBLISHED)?;
    let found = mac_entries(moment);
    let remote = ("remote".to_owned(), Some("evi-link2".to_owned()));
    ensure!(found[..2] == [remote.clone(), remote], "{found:?}");
    Ok(())
}

/// Lost probes of a flow that met a flood entry from the public side, at this device.
fn flooded_away(flow: &Flow, device: &str) -> u64 {
    let deaths = flow.attribution.deaths.iter();
    let there = deaths.filter(|d| d.node == device && d.drop.as_deref() == Some(DROP));
    there.map(|death| death.count).sum()
}

fn third_site(demo: &Demonstrated) -> anyhow::Result<()> {
    let run = demo.verified()?;
    let (old, third) = (run.flow("old", "to-vm")?, run.flow("third", "to-vm")?);
    let publication = run.first("remote-entry", Some("ed-b"))?;
    let good = |flow: &Flow| {
        let first = flow.report.recovery.first_good.as_ref();
        first
            .map(|good| good.received_at)
            .context("it never recovered")
    };
    ensure!(
        good(third)? >= publication.at,
        "the third site did not wait for the publication"
    );
    ensure!(
        good(old)? < publication.at,
        "the old site waited for the publication"
    );
    let (lost, died) = (third.report.lost, flooded_away(third, "ed-a"));
    ensure!(
        died > 0 && flooded_away(old, "ed-a") == 0,
        "{died} of {lost} died at ed-a"
    );

    demo.line(&format!("client-b: {lost} probes lost, outage "))?;
    demo.line(&format!(
        "{died} of them died at ed-a: flood entry, from the public side."
    ))?;
    demo.line("Third sites wait for the IGP").map(drop)
}

fn cells(demo: &Demonstrated) -> anyhow::Result<()> {
    let runs = demo.result.runs.iter();
    let cells: Vec<_> = runs
        .map(|run| (run.igp_profile.as_str(), run.mode.as_str()))
        .collect();
    let expected = [
        ("comware-v5", "igp-only"),
        ("comware-v5", MODE),
        ("immediate", "igp-only"),
        ("immediate", MODE),
    ];
    ensure!(cells == expected, "{cells:?}");
    Ok(())
}
