//! `docs/topology.md` has every key of a topology file, and no other, and the words that each takes.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../docs/topology.md");

/// The keys of each table as the schema has them, with the words that they take.
type Tables = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn collect(schema: &Value, tables: &mut Tables) {
    let table = schema.get("items").unwrap_or(schema);
    let Some(properties) = table["properties"].as_object() else {
        return;
    };
    let title = table["description"].as_str().unwrap_or_default();
    let mut keys = BTreeMap::new();
    for (key, value) in properties {
        let titled = value.get("items").unwrap_or(value)["description"].as_str();
        if titled.is_some_and(|title| title.starts_with('[')) {
            collect(value, tables);
            continue;
        }
        let words = value["enum"].as_array().into_iter().flatten();
        let words = words.filter_map(|word| Some(word.as_str()?.to_owned()));
        keys.insert(key.clone(), words.collect());
    }
    tables.insert(title.to_owned(), keys);
}

/// The rows of each section: key, and what is said of it.
fn sections() -> BTreeMap<String, Vec<(String, String)>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    let mut title = String::new();
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            title = match heading {
                "Top level" => "a topology".to_owned(),
                other => other.trim_matches('`').to_owned(),
            };
        } else if line.starts_with("| `") {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            for key in cells[1].split(',') {
                let key = key.trim().trim_matches('`').to_owned();
                let rows = found.entry(title.clone()).or_default();
                rows.push((key, cells[2..].join(" ")));
            }
        }
    }
    found
}

#[test]
fn every_key_of_a_topology_is_documented() -> anyhow::Result<()> {
    let mut tables = Tables::new();
    collect(&serde_json::to_value(::topology::schema())?, &mut tables);
    // Those of a site are those of the whole, which is said.
    tables
        .remove("[site.igp.timers]")
        .context("no timers of a site")?;
    let mut sections = sections();
    for (title, keys) in &tables {
        let rows = sections
            .remove(title)
            .with_context(|| format!("no section {title}"))?;
        let mut told: Vec<_> = rows.iter().map(|(key, _)| key.as_str()).collect();
        told.sort_unstable();
        let known: Vec<_> = keys.keys().map(String::as_str).collect();
        ensure!(
            told == known,
            "{title}: the document has {told:?}, not {known:?}"
        );
        for (key, said) in &rows {
            let missing = keys[key]
                .iter()
                .find(|word| !said.contains(&format!("`{word}`")));
            let refers = said.starts_with("as `");
            ensure!(
                missing.is_none() || refers,
                "{title} {key}: no {missing:?}: {said}"
            );
        }
    }
    ensure!(sections.is_empty(), "no tables: {:?}", sections.keys());
    ensure!(tables.len() > 10, "{} tables", tables.len());
    Ok(())
}
