//! On which line of a file a value stands that cannot be used.

use edge_api::ConfigError;
use toml::de::{DeTable, DeValue};

/// A value that is no table, with the path of its key. Elements of an array share theirs.
struct Leaf {
    key: String,
    value: String,
    line: usize,
}

/// The line, from 1, of what an error is about; `None` where it is about no single value.
pub(super) fn line_of(error: &ConfigError, text: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut leaves = Vec::new();
    collect(document.get_ref(), "", text, &mut leaves);
    let last = |is_it: &dyn Fn(&Leaf) -> bool| {
        let found = leaves.iter().filter(|leaf| is_it(leaf));
        found.map(|leaf| leaf.line).max()
    };
    match error {
        ConfigError::Value { key, value, .. } => {
            let below = format!("{key}.");
            last(&|leaf| leaf.key == *key && leaf.value == *value)
                .or_else(|| last(&|leaf| leaf.key == *key))
                .or_else(|| last(&|leaf| leaf.key.starts_with(&below)))
        }
        // The last use is the one too many.
        ConfigError::Duplicate { value, .. } => last(&|leaf| leaf.value == *value),
        ConfigError::PeerIsSelf { peer, .. } => {
            let peer = peer.to_string();
            last(&|leaf| leaf.key == "evi_link.peer" && leaf.value == peer)
        }
        ConfigError::TooMany { .. } => None,
    }
}

fn collect(table: &DeTable<'_>, above: &str, text: &str, leaves: &mut Vec<Leaf>) {
    for (name, value) in table {
        let name = name.get_ref();
        let key = if above.is_empty() {
            name.to_string()
        } else {
            format!("{above}.{name}")
        };
        let at = value.span();
        collect_value(value.get_ref(), &key, at, text, leaves);
    }
}

fn collect_value(
    value: &DeValue<'_>,
    key: &str,
    at: core::ops::Range<usize>,
    text: &str,
    leaves: &mut Vec<Leaf>,
) {
    match value {
        DeValue::Table(table) => collect(table, key, text, leaves),
        DeValue::Array(array) => {
            for element in array {
                collect_value(element.get_ref(), key, element.span(), text, leaves);
            }
        }
        other => {
            let written = text.get(at.clone()).unwrap_or_default();
            let before = text.get(..at.start).unwrap_or_default();
            leaves.push(Leaf {
                key: key.to_owned(),
                value: other.as_str().unwrap_or(written).to_owned(),
                line: before.matches('\n').count() + 1,
            });
        }
    }
}
