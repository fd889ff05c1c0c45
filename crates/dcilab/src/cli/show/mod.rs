//! `dcilab show`: tables of a standing lab's edge devices.

mod events;
mod igp;
mod stations;
mod tally;
mod watch;

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use edge_api::protocol as device;
use serde::Serialize;
use topology::unknown;

use super::lab::{LabName, VerbError, finish, inspect};
use super::{Format, output};
use crate::life_cycle::Client;
use crate::life_cycle::protocol::{DeviceEvent, Inspection, Request, Response};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dcilab show mac                      # every station, a column for each edge device
  dcilab show mac --on ed-c --state flood
  dcilab show arp suppression --on ed-a,ed-b
  dcilab show isis lsdb detail --on ed-a
  dcilab show mac --watch              # again and again, until Ctrl-C
  dcilab show counters -f json | jq '.\"ed-a\".interfaces[] | {name, drops}'")]
pub(super) struct Show {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    /// Edge devices, separated by commas; default: all
    #[arg(long, value_name = "ED", value_delimiter = ',', global = true)]
    on: Vec<String>,
    /// The lab; needed only where several are up
    #[arg(short, long, value_name = "LAB", env = "DCILAB_LAB", global = true)]
    lab: Option<String>,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t, global = true)]
    format: Format,
    /// Show it again after this time, and again, until Ctrl-C
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, num_args = 0..=1, default_missing_value = "1s", global = true)]
    watch: Option<std::time::Duration>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// MAC tables
    Mac(stations::MacFilter),
    /// ARP tables
    Arp {
        #[command(subcommand)]
        table: Arp,
    },
    /// EVI links
    Evi {
        #[command(subcommand)]
        table: Evi,
    },
    /// IS-IS
    Isis {
        #[command(subcommand)]
        table: Isis,
    },
    /// Frames and bytes of every interface
    Counters,
    /// Frames that were dropped, and why
    Drops,
    /// What the edge devices have reported
    Events(events::EventFilter),
    /// What each edge device is and does
    Status,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Arp {
    /// What stations of the own site announced
    Snooping,
    /// What stations of other sites announced
    Suppression,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Evi {
    /// Each link with its peer and its adjacency
    Link,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Isis {
    /// Neighbours
    Peer,
    /// The link-state database
    Lsdb {
        /// `detail` lists the MACs of each LSP
        #[arg(value_enum)]
        detail: Option<Detail>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Detail {
    /// With the MACs
    Detail,
}

/// One event for people; `None` for what happens all the time.
pub(super) fn event_line(event: &DeviceEvent, lab: &Inspection) -> Option<String> {
    (!events::is_lsp(event)).then(|| events::line(event, lab))
}

/// The answers of the edge devices, by name.
type Answers = BTreeMap<String, device::Response>;

impl Show {
    pub(super) fn run(self) -> ExitCode {
        finish(self.show())
    }

    fn show(&self) -> Result<(), VerbError> {
        let name = LabName::from(self.options.lab.clone());
        let mut client = name.connect()?;
        match self.options.watch {
            None => self.write(&mut client),
            Some(every) => watch::again_and_again(every, || self.text(&mut client)),
        }
    }

    fn write(&self, client: &mut Client) -> Result<(), VerbError> {
        match self.options.format {
            Format::Table => output::text(&self.text(client)?)?,
            Format::Json => self.json(client)?,
        }
        Ok(())
    }

    /// The question to each device; `None` where the lab itself knows.
    fn question(&self) -> Option<device::Request> {
        Some(match &self.what {
            What::Mac(_) => device::Request::MacTable,
            What::Arp {
                table: Arp::Snooping,
            } => device::Request::ArpSnooping,
            What::Arp {
                table: Arp::Suppression,
            } => device::Request::ArpSuppression,
            What::Evi { .. } | What::Isis { table: Isis::Peer } => device::Request::Adjacencies,
            What::Isis {
                table: Isis::Lsdb { .. },
            } => device::Request::Lsdb,
            What::Counters | What::Drops => device::Request::Counters,
            What::Status => device::Request::Status,
            What::Events(_) => return None,
        })
    }

    fn text(&self, client: &mut Client) -> Result<String, VerbError> {
        let lab = inspect(client)?;
        let devices = self.devices(&lab)?;
        let Some(question) = self.question() else {
            return self.events(client, &lab, &devices);
        };
        let answers = ask(client, &devices, &question)?;
        Ok(match &self.what {
            What::Mac(filter) => stations::mac(&answers, &lab, filter),
            What::Arp { .. } => stations::arp(&answers, &lab),
            What::Evi { .. } => igp::links(&answers),
            What::Isis { table: Isis::Peer } => igp::peers(&answers),
            What::Isis {
                table: Isis::Lsdb { detail },
            } => igp::lsdb(&answers, &lab, detail.is_some()),
            What::Counters => tally::counters(&answers),
            What::Drops => tally::drops(&answers),
            What::Status => igp::status(&answers),
            What::Events(_) => String::new(),
        })
    }

    fn json(&self, client: &mut Client) -> Result<(), VerbError> {
        let lab = inspect(client)?;
        let devices = self.devices(&lab)?;
        let Some(question) = self.question() else {
            let events = events::of(client, &devices)?;
            return Ok(output::json(&events)?);
        };
        let answers = ask(client, &devices, &question)?;
        let bodies: BTreeMap<_, _> = answers.iter().map(|(name, a)| (name, body(a))).collect();
        Ok(output::json(&bodies)?)
    }

    fn events(
        &self,
        client: &mut Client,
        lab: &Inspection,
        devices: &[String],
    ) -> Result<String, VerbError> {
        let What::Events(filter) = &self.what else {
            return Ok(String::new());
        };
        Ok(events::text(&events::of(client, devices)?, lab, filter))
    }

    fn devices(&self, lab: &Inspection) -> Result<Vec<String>, VerbError> {
        let names = || lab.devices.iter().map(|device| device.name.as_str());
        for asked in &self.options.on {
            if !names().any(|name| name == asked) {
                let text = unknown("edge device", asked, names());
                return Err(VerbError::WhichLab(text));
            }
        }
        let is_meant = |name: &&str| {
            self.options.on.is_empty() || self.options.on.iter().any(|asked| asked == name)
        };
        Ok(names().filter(is_meant).map(str::to_owned).collect())
    }
}

fn ask(
    client: &mut Client,
    devices: &[String],
    question: &device::Request,
) -> Result<Answers, VerbError> {
    let mut answers = Answers::new();
    for device in devices {
        let request = Request::Device {
            device: device.clone(),
            ask: question.clone(),
        };
        match client.ask(&request)? {
            Response::Device(answer) => answers.insert(device.clone(), answer),
            other => return Err(client.unexpected(&other).into()),
        };
    }
    Ok(answers)
}

/// What an answer holds, without what it is called.
fn body(answer: &device::Response) -> impl Serialize + use<> {
    let value = serde_json::to_value(answer).unwrap_or_default();
    value.get("body").cloned().unwrap_or_default()
}
