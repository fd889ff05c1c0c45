//! What a seed decides: the same topology and seed make the same lab, another seed another.

use std::collections::BTreeSet;

use anyhow::ensure;
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::topology_text;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::TempDir;

const SEEDS: [u64; 2] = [7, 8];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("the_plan_is_the_same_byte_for_byte", plans),
        trial("another_seed_plans_other_macs", other_plan),
        needing(&[Requirement::Lab], "two_labs_of_one_seed_are_alike", labs),
    ]
}

fn plan(seed: Option<u64>) -> anyhow::Result<String> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), seed)?;
    let ended = invocation::run(&format!("validate {} -f json", file.display()))?;
    ended.expect_code(0)?;
    Ok(ended.stdout)
}

fn plans() -> anyhow::Result<()> {
    for seed in [None, Some(SEEDS[0])] {
        let (one, other) = (plan(seed)?, plan(seed)?);
        ensure!(
            one == other,
            "seed {seed:?}: two plans of one topology differ"
        );
        let plan: Value = serde_json::from_str(&one)?;
        ensure!(
            plan["veths"]
                .as_array()
                .is_some_and(|veths| !veths.is_empty()),
            "an empty plan"
        );
    }
    Ok(())
}

fn other_plan() -> anyhow::Result<()> {
    let [one, other] = SEEDS;
    let (one, other) = (plan(Some(one))?, plan(Some(other))?);
    let (one, other) = (
        macs(&serde_json::from_str(&one)?),
        macs(&serde_json::from_str(&other)?),
    );
    ensure!(one.len() > 6, "{} MACs in a plan of three sites", one.len());
    ensure!(
        one.is_disjoint(&other),
        "both seeds make {:?}",
        &one & &other
    );
    Ok(())
}

/// Every MAC address in the text of a plan or result.
fn macs(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) if is_mac(text) => BTreeSet::from([text.clone()]),
        Value::Array(values) => values.iter().flat_map(macs).collect(),
        Value::Object(fields) => fields.values().flat_map(macs).collect(),
        _ => BTreeSet::new(),
    }
}

fn is_mac(text: &str) -> bool {
    let octets: Vec<_> = text.split(':').collect();
    octets.len() == 6
        && octets
            .iter()
            .all(|o| o.len() == 2 && u8::from_str_radix(o, 16).is_ok())
}

/// Three labs, each of its own: of one seed, of the same, of another.
fn labs() -> anyhow::Result<()> {
    let [seed, other] = SEEDS;
    let results = [lab(seed)?, lab(seed)?, lab(other)?];
    let [one, same, other] = results.each_ref().map(identities);
    ensure!(one == same, "two labs of one seed differ:\n{one}\n{same}");
    let names = |identities: &Value| [identities["devices"].clone(), identities["flows"].clone()];
    ensure!(
        names(&one) == names(&other),
        "another seed changed names or addresses"
    );
    let [one, _, other] = results.each_ref().map(macs);
    ensure!(
        !one.is_empty() && one.is_disjoint(&other),
        "{one:?}, of another seed {other:?}"
    );
    Ok(())
}

/// The result of a run in a lab of this seed. Labs run at the same time, so the figures do not count.
fn lab(seed: u64) -> anyhow::Result<Value> {
    let scratch = TempDir::new()?;
    let file = topology_text::write(scratch.path(), Some(seed))?;
    let (file, output) = (file.display(), scratch.path().join("runs"));
    let ended = invocation::run(&format!(
        "run {file} --igp immediate --format json --output {}",
        output.display()
    ))?;
    if ended.status.code() != Some(3) {
        ended.expect_code(0)?;
    }
    Ok(serde_json::from_str(&ended.stdout)?)
}

/// What of a result is decided by topology and seed alone.
fn identities(result: &Value) -> Value {
    let run = &result["runs"][0];
    let of_each = |key: &str, keys: &[&str]| -> Value {
        let rows = run[key].as_array().into_iter().flatten();
        rows.map(|row| keys.iter().map(|key| row[*key].clone()).collect::<Value>())
            .collect()
    };
    let keys = ["vm", "vlan", "mac", "from", "to", "style", "announce"];
    let migration = keys.map(|key| &run["migration"][key]);
    json!({
        "seed": run["seed"],
        "topology": run["topology"],
        "migration": migration,
        "devices": of_each("devices", &["name", "system_id", "address", "mode", "igp_profile"]),
        "flows": of_each("flows", &["from", "to", "direction", "observer_site", "site_role"]),
        "points": of_each("capture_points", &["id", "node", "interface", "role", "beyond"]),
    })
}
