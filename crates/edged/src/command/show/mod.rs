//! `edged show`: tables of a running device, in H3C's words and columns, or as JSON.

mod events;
mod security;
mod tables;

use clap::{Args, Subcommand, ValueEnum};
use edge_api::protocol::{Request, Response};
use edge_api::{AdjacencyMedium, MacState};
use serde::Serialize;
use wire::{MacAddr, Timestamp, VlanId};

use super::arguments::Device;
use super::client::{Client, unexpected};

/// `edged show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edged show mac --vlan 100 --state local
  edged show arp suppression
  edged show isis lsdb detail
  edged show drops --format json
  edged show events --follow")]
pub struct Show {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    device: Device,
    /// A table to read, or JSON alone
    #[arg(short, long, value_enum, default_value = "table", global = true)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What the device is and does, and the warnings that hold now
    Status,
    /// The MAC table
    Mac(Filter),
    /// The ARP tables
    #[command(subcommand)]
    Arp(Arp),
    /// The EVI links
    #[command(subcommand)]
    Evi(Evi),
    /// IS-IS
    #[command(subcommand)]
    Isis(Isis),
    /// Frames and bytes, for each port and link
    Counters,
    /// Frames that were dropped, by place and reason
    Drops,
    /// What has happened, oldest first
    Events {
        /// Go on with what happens next
        #[arg(long)]
        follow: bool,
    },
    /// What the process may still do, and what keeps it from the rest
    Security,
}

/// Which entries of the MAC table; without a filter, all.
#[derive(Debug, Args)]
struct Filter {
    /// Entries of this VLAN
    #[arg(long, value_name = "VLAN", value_parser = super::vlan)]
    vlan: Option<VlanId>,
    /// Entries of this MAC address
    #[arg(long, value_name = "MAC")]
    mac: Option<MacAddr>,
    /// Entries in this state, as `local`, `remote` or `flood`
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<MacState>,
}

#[derive(Debug, Subcommand)]
enum Arp {
    /// What stations of this site announced
    Snooping,
    /// What stations of other sites announced
    Suppression,
}

#[derive(Debug, Subcommand)]
enum Evi {
    /// The links to the other edge devices
    Link,
}

#[derive(Debug, Subcommand)]
enum Isis {
    /// The neighbours
    Peer,
    /// The link-state database
    Lsdb {
        /// `detail` shows the MACs that each LSP lists
        #[arg(value_enum)]
        detail: Option<Detail>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Detail {
    Detail,
}

/// Asks and shows.
pub(super) fn run(show: &Show) -> anyhow::Result<()> {
    let mut device = Client::connect(show.device.control.as_deref())?;
    if let What::Events { follow } = show.what {
        return events::run(device, show.format, follow);
    }
    let text = match show.format {
        Format::Json => json(&mut device, &show.what)?,
        Format::Table => table(&mut device, &show.what)?,
    };
    super::print(&text)
}

impl What {
    fn request(&self) -> Request {
        match self {
            // Events do not come this way: the status is harmless to ask.
            Self::Status | Self::Events { .. } => Request::Status,
            Self::Mac(_) => Request::MacTable,
            Self::Arp(Arp::Snooping) => Request::ArpSnooping,
            Self::Arp(Arp::Suppression) => Request::ArpSuppression,
            Self::Evi(Evi::Link) | Self::Isis(Isis::Peer) => Request::Adjacencies,
            Self::Isis(Isis::Lsdb { .. }) => Request::Lsdb,
            Self::Counters | Self::Drops => Request::Counters,
            Self::Security => Request::Security,
        }
    }
}

impl Filter {
    fn applies(&self, row: &edge_api::MacRow) -> bool {
        self.vlan.is_none_or(|vlan| vlan == row.vlan)
            && self.mac.is_none_or(|mac| mac == row.mac)
            && self.state.is_none_or(|state| state == row.binding.state)
    }

    fn apply(&self, response: Response) -> Response {
        match response {
            Response::MacTable(mut table) => {
                table.entries.retain(|row| self.applies(row));
                Response::MacTable(table)
            }
            other => other,
        }
    }
}

/// Of all that IS-IS runs over, what carries the frames of the sites.
fn evi_links(response: Response) -> Response {
    match response {
        Response::Adjacencies(mut rows) => {
            rows.retain(|row| row.medium == AdjacencyMedium::EviLink);
            Response::Adjacencies(rows)
        }
        other => other,
    }
}

fn ask(device: &mut Client, what: &What) -> anyhow::Result<Response> {
    let response = device.ask(&what.request())?;
    Ok(match what {
        What::Mac(filter) => filter.apply(response),
        What::Evi(Evi::Link) => evi_links(response),
        _ => response,
    })
}

fn json(device: &mut Client, what: &What) -> anyhow::Result<String> {
    Ok(match ask(device, what)? {
        Response::Status(body) => document(&body)?,
        Response::MacTable(body) => document(&body)?,
        Response::ArpSnooping(body) | Response::ArpSuppression(body) => document(&body)?,
        Response::Adjacencies(body) => document(&body)?,
        Response::Lsdb(body) => document(&body)?,
        Response::Counters(body) if matches!(what, What::Drops) => {
            document(&tables::drop_rows(&body))?
        }
        Response::Counters(body) => document(&body)?,
        Response::Security(body) => document(&body)?,
        other => return Err(unexpected(&other)),
    })
}

fn table(device: &mut Client, what: &What) -> anyhow::Result<String> {
    let now = now(device)?;
    let is_link = matches!(what, What::Evi(_));
    let is_drops = matches!(what, What::Drops);
    let is_detail = matches!(what, What::Isis(Isis::Lsdb { detail: Some(_) }));
    Ok(match ask(device, what)? {
        Response::Status(body) => tables::status(&body),
        Response::MacTable(body) => tables::mac(&body, now),
        Response::ArpSnooping(body) | Response::ArpSuppression(body) => tables::arp(&body, now),
        Response::Adjacencies(body) if is_link => match device.ask(&Request::Counters)? {
            Response::Counters(counters) => tables::links(&body, &counters, now),
            other => return Err(unexpected(&other)),
        },
        Response::Adjacencies(body) => tables::peers(&body, now),
        Response::Lsdb(body) => tables::lsdb(&body, is_detail),
        Response::Counters(body) if is_drops => tables::drops(&body),
        Response::Counters(body) => tables::counters(&body),
        Response::Security(body) => security::table(&body),
        other => return Err(unexpected(&other)),
    })
}

/// The device's clock, which ages are told by.
fn now(device: &mut Client) -> anyhow::Result<Timestamp> {
    match device.ask(&Request::Status)? {
        Response::Status(status) => Ok(status.now),
        other => Err(unexpected(&other)),
    }
}

fn document(body: &impl Serialize) -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(body)?;
    text.push('\n');
    Ok(text)
}

/// A state on the command line.
fn state(text: &str) -> Result<MacState, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|error| error.to_string())
}
