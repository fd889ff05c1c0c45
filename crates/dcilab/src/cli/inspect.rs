//! `dcilab inspect`: what a lab is, and where everything in it is.

use std::process::ExitCode;

use clap::Args;

use super::lab::{LabName, VerbError, finish, inspect};
use super::{Format, output};
use crate::life_cycle::protocol::Inspection;
use crate::report;

#[derive(Debug, Args)]
pub(super) struct Inspect {
    #[command(flatten)]
    lab: LabName,
    /// What to write on standard output
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

impl Inspect {
    pub(super) fn run(self) -> ExitCode {
        finish(self.tell())
    }

    pub(super) fn tell(&self) -> Result<(), VerbError> {
        let inspection = inspect(&mut self.lab.connect()?)?;
        match self.format {
            Format::Json => output::json(&inspection)?,
            Format::Table => output::text(&text(&inspection))?,
        }
        Ok(())
    }
}

fn text(lab: &Inspection) -> String {
    let mut devices = report::table(["edge device", "site", "address", "mode"]);
    for device in &lab.devices {
        devices.add_row([
            device.name.clone(),
            device.site.clone(),
            device.address.to_string(),
            device.mode.to_string(),
        ]);
    }
    let mut hosts = report::table([
        "host",
        "",
        "site",
        "VLAN",
        "address",
        "MAC",
        "plugged in at",
    ]);
    for host in &lab.hosts {
        let (node, interface, bridge) = &host.plugged_in;
        hosts.add_row([
            host.name.clone(),
            if host.is_vm { "VM" } else { "" }.to_owned(),
            host.site.clone(),
            host.vlan.to_string(),
            host.address.to_string(),
            host.mac.to_string(),
            if bridge.is_empty() {
                format!("{node}: {interface}")
            } else {
                format!("{node}: {interface} in {bridge}")
            },
        ]);
    }
    let mut text = format!(
        "lab {} (topology {}): {}\n\n{devices}\n\n{hosts}\n",
        lab.lab, lab.topology, lab.stage
    );
    for problem in &lab.problems {
        text.push_str(&format!("\nBROKEN: {problem}\n"));
    }
    text
}
