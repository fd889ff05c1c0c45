//! Many labs of one user at once: all come up, none hears anything of another, and nothing is left.
//!
//! `LAB_LABS=32 cargo test -p lab-tests --test standing many_labs` has more of them.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use lab_tests::process::Marked;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text::link_names_of;
use lab_tests::traces::Before;
use libtest_mimic::Trial;
use serde_json::Value;

use crate::house::{House, number_from};
use crate::pair;

/// What `cargo test` has.
const LABS: u64 = 8;

pub(crate) fn trials() -> Vec<Trial> {
    vec![needing(
        &[Requirement::Lab],
        "many_labs_hear_nothing_of_each_other",
        many,
    )]
}

fn many() -> anyhow::Result<()> {
    let house = House::new("many")?;
    let before = Before::look()?;
    let labs = number_from("LAB_LABS", LABS)?;
    let mut coming = Vec::new();
    for seed in 1..=labs {
        // Same names, same addresses; other MAC addresses, by which each is known.
        let file = house.place().join(format!("pair-{seed}.toml"));
        std::fs::write(&file, pair::text(seed))?;
        let file = file.display();
        coming.push(house.start(&format!("up {file} --name lab{seed} --igp immediate"))?);
    }
    for up in coming {
        let said = up.wait_with_output()?;
        ensure!(said.status.success(), "{said:?}");
    }
    let traces = before.traces(Marked::new(house.mark(), 0))?;
    let own: Vec<BTreeSet<String>> = (1..=labs)
        .map(|lab| macs_of_hosts(&house, lab))
        .collect::<Result<_, _>>()?;
    let all: BTreeSet<&String> = own.iter().flatten().collect();
    ensure!(
        all.len() as u64 == 2 * labs,
        "labs share MAC addresses: {own:?}"
    );
    // Broadcasts everywhere, and packets that need the whole way.
    for lab in 1..=labs {
        for host in ["vm1", "client-b"] {
            house
                .say(&format!("announce {host} --lab lab{lab}"))?
                .expect(0)?;
        }
        house
            .say(&format!("ping vm1 client-b --count 1 --lab lab{lab}"))?
            .expect(0)?;
    }
    for (lab, own) in (1..).zip(&own) {
        let known = macs_in_tables(&house, lab)?;
        ensure!(known == *own, "lab {lab} knows {known:?}, and has {own:?}");
        expect_no_stranger(&house, lab)?;
    }
    house.say("down --all")?.expect(0)?;
    traces.expect_gone(&link_names_of(&pair::text(1))?)?;
    house.expect_no_process()
}

fn macs_of_hosts(house: &House, lab: u64) -> anyhow::Result<BTreeSet<String>> {
    let inspection = house.json(&format!("inspect --lab lab{lab} -f json"))?;
    let hosts = inspection["hosts"].as_array().context("hosts")?;
    let mac = |host: &Value| Some(host["mac"].as_str()?.to_owned());
    Ok(hosts.iter().filter_map(mac).collect())
}

/// The MAC addresses that any device of a lab knows: whatever frame it has seen, from its site or from
/// another, would have left its source here.
fn macs_in_tables(house: &House, lab: u64) -> anyhow::Result<BTreeSet<String>> {
    let tables = house.json(&format!("show mac --lab lab{lab} -f json"))?;
    let tables = tables.as_object().context("tables")?;
    let rows = tables
        .values()
        .filter_map(|table| table["entries"].as_array());
    let mac = |row: &Value| Some(row["mac"].as_str()?.to_owned());
    Ok(rows.flatten().filter_map(mac).collect())
}

/// Packets of peers that are not its own would be counted.
fn expect_no_stranger(house: &House, lab: u64) -> anyhow::Result<()> {
    let counters = house
        .say(&format!("show counters --lab lab{lab} -f json"))?
        .expect(0)?;
    ensure!(
        !counters.out.contains("unknown-peer"),
        "lab {lab}: {}",
        counters.out
    );
    Ok(())
}
