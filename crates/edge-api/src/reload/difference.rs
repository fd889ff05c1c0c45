//! Two configurations, key by key.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use crate::EdgeConfig;

/// A key that is not the same in both.
#[derive(Debug)]
pub(super) struct Difference {
    /// With its tables; an element of a list of tables goes by its name.
    pub(super) key: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// All keys that differ, by name; but EVI links, which are compared by peer, and the key for
/// authentication, which is never written out.
///
/// # Errors
/// One of them holds what no configuration file can.
pub(super) fn between(
    old: &EdgeConfig,
    new: &EdgeConfig,
) -> Result<Vec<Difference>, toml::ser::Error> {
    let mut found = Vec::new();
    compare("", Some(&value(old)?), Some(&value(new)?), &mut found);
    Ok(found)
}

fn value(config: &EdgeConfig) -> Result<Value, toml::ser::Error> {
    let without_links = EdgeConfig {
        evi_links: Vec::new(),
        ..config.clone()
    };
    Value::try_from(without_links)
}

fn compare(key: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    let (Some(was), Some(is)) = (old.and_then(parts), new.and_then(parts)) else {
        let (key, from, to) = (key.to_owned(), old.map(text), new.map(text));
        return found.push(Difference { key, from, to });
    };
    let names: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    for name in names {
        let inner = match key {
            "" => name.to_owned(),
            _ => format!("{key}.{name}"),
        };
        compare(&inner, was.get(name).copied(), is.get(name).copied(), found);
    }
}

/// The keys of a table, or the tables of a list by name; `None` for anything else.
fn parts(value: &Value) -> Option<BTreeMap<&str, &Value>> {
    match value {
        Value::Table(table) => Some(table.iter().map(|(k, v)| (k.as_str(), v)).collect()),
        Value::Array(list) => list
            .iter()
            .map(|element| Some((element.get("name")?.as_str()?, element)))
            .collect(),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
