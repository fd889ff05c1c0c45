//! Hundreds of thousands of random frames into a real edge device, from its site and from the public
//! side, while a good flow goes on.

mod process;
mod sender;

use std::process::ExitCode;

use anyhow::{Context, ensure};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::{cast, requirement};
use libtest_mimic::Arguments;

use process::Told;

fn main() -> ExitCode {
    let mut roles = requirement::ROLES.to_vec();
    roles.push((process::ROLE, process::storm));
    cast::play(&roles, tests)
}

fn tests(arguments: Arguments) -> ExitCode {
    let name = "an_edge_device_in_a_storm_of_random_frames";
    let trial = needing(&[Requirement::Lab], name, compare);
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

/// The storm, and what is left of it.
fn compare() -> anyhow::Result<()> {
    let output = cast::role(process::ROLE).output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{complaint}");
    let told: Told = serde_json::from_slice(&output.stdout).context("what the lab told")?;
    println!("{told:?}");
    // The second storm is the first one over again: whatever it brings was there before.
    let [first, second] = told.resident_kb;
    ensure!(
        second < first + first / 10,
        "from {first} KB to {second} KB"
    );
    let reasons: Vec<&str> = told.drops.iter().map(String::as_str).collect();
    for reason in [
        "invalid-source",
        "tagged-on-access-port",
        "vlan-not-extended",
        "no-entry-from-public",
        "isis-pdu",
        "unknown-peer",
        "not-tunnel",
        "malformed",
    ] {
        ensure!(reasons.contains(&reason), "no {reason} among {reasons:?}");
    }
    ensure!(told.mac_table_full > 0, "the MAC table was never full");
    ensure!(
        told.mac_entries <= process::MAC_LIMIT,
        "{} entries",
        told.mac_entries
    );
    Ok(())
}
