//! The mechanism's pictures as tables: read over the control sockets of a lab in this
//! very program, at three moments of a migration.

pub(crate) mod process;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, ensure};
use edge_api::{Binding, MacRow, MacState, Mode};
use lab_tests::cast;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text::{move_of, three_site};
use libtest_mimic::Trial;
use tempfile::TempDir;
use topology::Plan;

use crate::stage::Stage;
use process::{Tables, Told};

/// A lab whose tables were read.
pub(crate) struct Observed {
    told: Told,
    /// From the start of the edge devices on.
    pub(crate) capture: PathBuf,
    _scratch: TempDir,
}

pub(crate) fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    let trial = |name: &str, mode, announced: Pictured| {
        let stage = stage.clone();
        needing(&[Requirement::Lab], name, move || {
            compare(stage.observed(mode)?, announced)
        })
    };
    vec![
        // Figures 1, 6 to 9.
        trial(
            "three_moments_of_garp_flood",
            Mode::GarpFlood,
            |at| match at {
                "a" | "b" => Seen::Flood,
                _ => Seen::Local,
            },
        ),
        // Section "Why: the baseline": until 3 is done, ED-A and ED-B point to where the VM was.
        trial("three_moments_of_igp_only", Mode::IgpOnly, |at| match at {
            "b" => Seen::Remote("a"),
            _ => Seen::Local,
        }),
    ]
}

/// An entry of a picture.
#[derive(Clone, Copy)]
enum Seen {
    Local,
    /// By the EVI link to the device of this site.
    Remote(&'static str),
    Flood,
}

/// What a picture shows at each site's device.
type Pictured = fn(&str) -> Seen;

fn compare(observed: &Observed, announced: Pictured) -> anyhow::Result<()> {
    let plan = three_site()?.plan();
    let told = &observed.told;
    ensure!(
        !told.published_early,
        "the IGP had published before the tables were read"
    );
    let before: Pictured = |at| match at {
        "a" => Seen::Local,
        _ => Seen::Remote("a"),
    };
    let published: Pictured = |at| match at {
        "c" => Seen::Local,
        _ => Seen::Remote("c"),
    };
    let moments = [
        ("before the move", &told.before, before),
        ("announced, not published", &told.announced, announced),
        ("published", &told.published, published),
    ];
    for (moment, tables, pictured) in moments {
        for device in &plan.edge_devices {
            let name = &device.config.name;
            let expected = binding(&plan, &device.site, pictured(&device.site))?;
            let row = row(tables, name, &plan)?;
            ensure!(
                row.binding == expected,
                "{moment}, {name}: {}, not {expected}",
                row.binding
            );
        }
    }
    news(&plan, told)
}

/// Whatever differs from the picture before was written after the trigger, and nothing else was.
fn news(plan: &Plan, told: &Told) -> anyhow::Result<()> {
    for device in &plan.edge_devices {
        let name = &device.config.name;
        let epoch = told.before.get(name).context("no table")?.epoch;
        let before = row(&told.before, name, plan)?;
        for (moment, tables) in [
            ("announced", &told.announced),
            ("published", &told.published),
        ] {
            let now = row(tables, name, plan)?;
            let (is_new, differs) = (now.epoch > epoch, now.binding != before.binding);
            ensure!(
                is_new == differs,
                "{moment}, {name}: epoch {:?}, {epoch:?} before",
                now.epoch
            );
        }
        let published = row(&told.published, name, plan)?;
        ensure!(
            published.epoch > epoch,
            "{name}: its entry is as old as before the move"
        );
    }
    Ok(())
}

fn binding(plan: &Plan, at: &str, seen: Seen) -> anyhow::Result<Binding> {
    let device = |site: &str| {
        let mut devices = plan.edge_devices.iter();
        devices
            .find(|device| device.site == site)
            .context("no such site")
    };
    let config = &device(at)?.config;
    let (state, port) = match seen {
        Seen::Flood => (MacState::Flood, None),
        Seen::Local => {
            let vlan = move_of(plan).vlan;
            let port = config
                .site_ports
                .iter()
                .find(|port| port.vlans.carries(vlan));
            (
                MacState::Local,
                Some(port.context("no site port")?.name.as_str()),
            )
        }
        Seen::Remote(site) => {
            let peer = device(site)?.config.public.address;
            let link = config.evi_links.iter().find(|link| link.peer == peer);
            (
                MacState::Remote,
                Some(link.context("no EVI link")?.name.as_str()),
            )
        }
    };
    let port = port.map(Into::into);
    Ok(Binding { state, port })
}

fn row<'a>(tables: &'a Tables, device: &str, plan: &Plan) -> anyhow::Result<&'a MacRow> {
    let table = tables.get(device).context("no table")?;
    let (vlan, mac) = (move_of(plan).vlan, move_of(plan).vm_mac);
    let mut rows = table
        .entries
        .iter()
        .filter(|row| (row.vlan, row.mac) == (vlan, mac));
    let row = rows
        .next()
        .with_context(|| format!("{device} has no entry for the VM"))?;
    ensure!(rows.next().is_none(), "{device} has two entries for the VM");
    Ok(row)
}

/// Starts the lab's process and hears what it tells.
pub(crate) fn run(mode: Mode) -> anyhow::Result<Observed> {
    let scratch = TempDir::new()?;
    let capture = scratch.path().join("from-the-start.pcapng");
    let mut command = cast::role(process::ROLE);
    let output = command.arg(mode.to_string()).arg(&capture).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "the lab ended with {}:\n{said}",
        output.status
    );
    Ok(Observed {
        told: serde_json::from_slice(&output.stdout)?,
        capture,
        _scratch: scratch,
    })
}
