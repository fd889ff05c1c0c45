//! JSON Schema of topology files, for editors and generators.
//!
//! Nobody writes it down: it is what the reader asks for when it reads ([`TableReader`]). A key that is
//! read is in it, with the type that it is read as, and no other.
//!
//! [`TableReader`]: super::reader::TableReader

use std::collections::BTreeMap;

use edge_api::TimerProfile;
use serde::Serialize;

use super::read;

/// The dialect that TOML editors understand.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";
/// A duration ends in a unit, or is zero. What the units are is left to the reader.
const DURATION: &str = r"^(0|.*[0-9]\s*[A-Za-zµ]+\s*)$";

/// What a value may be. Serialised, it is JSON Schema draft 7.
///
/// It refuses nothing that [`Topology::load`](crate::Topology::load) takes. What a value means, as that a
/// host's site exists, is beyond it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    dialect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    constant: Option<String>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, Self>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dependencies: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_properties: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    one_of: Vec<Self>,
}

/// What kind of value a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Tables, one for each.
    List,
    /// A table.
    Table,
    /// A text, a word, an address, a duration.
    Text,
    /// A number, a truth value, or one of several kinds.
    Other,
}

/// The schema of a whole file.
#[must_use]
pub fn schema() -> Schema {
    Schema {
        dialect: Some(DIALECT),
        ..read::describe()
    }
}

impl Schema {
    /// A table that has no keys yet.
    pub(super) fn table(title: &str) -> Self {
        Self {
            description: Some(title.to_owned()),
            additional_properties: Some(false),
            ..Self::of("object")
        }
    }

    /// One of these for each.
    pub(super) fn list(item: Self) -> Self {
        Self {
            items: Some(Box::new(item)),
            ..Self::of("array")
        }
    }

    pub(super) fn text(what: &str) -> Self {
        Self {
            description: Some(what.to_owned()),
            ..Self::of("string")
        }
    }

    pub(super) fn flag() -> Self {
        Self::of("boolean")
    }

    pub(super) fn duration() -> Self {
        Self {
            pattern: Some(DURATION),
            ..Self::text("a duration")
        }
    }

    pub(super) fn words(what: &str, words: Vec<String>) -> Self {
        Self {
            words,
            ..Self::text(what)
        }
    }

    pub(super) fn number(minimum: u64, maximum: Option<u64>) -> Self {
        Self {
            minimum: Some(minimum),
            maximum,
            ..Self::of("integer")
        }
    }

    /// What IS-IS reads by itself: written as in one of the timer profiles, which have every kind of it.
    pub(super) fn timer(key: &str) -> Self {
        let profiles = TimerProfile::ALL.iter();
        let tables = profiles.filter_map(|p| toml::Table::try_from(p.timers()).ok());
        let mut kinds: Vec<_> = tables
            .filter_map(|table| table.get(key).map(Self::like))
            .collect();
        kinds.dedup();
        match kinds.len() {
            1 => kinds.remove(0),
            _ => Self {
                one_of: kinds,
                ..Self::default()
            },
        }
    }

    /// A key of a table, once.
    pub(super) fn has(&mut self, key: &str, value: Self) {
        self.properties.entry(key.to_owned()).or_insert(value);
    }

    /// A table in this one.
    pub(super) fn open(&mut self, key: &str, title: &str) -> &mut Self {
        let table = self.properties.entry(key.to_owned());
        table.or_insert_with(|| Self::table(title))
    }

    pub(super) fn requires(&mut self, key: &str) {
        self.required.push(key.to_owned());
    }

    /// Who has one of these keys has the others, too.
    pub(super) fn requires_together(&mut self, keys: &[&str]) {
        for key in keys {
            let others = keys.iter().filter(|other| *other != key);
            let others = others.map(|other| (*other).to_owned()).collect();
            self.dependencies.insert((*key).to_owned(), others);
        }
    }

    /// What kind of value it is.
    pub(super) fn kind(&self) -> Kind {
        match self.kind {
            Some("array") => Kind::List,
            Some("object") => Kind::Table,
            Some("string") => Kind::Text,
            _ => Kind::Other,
        }
    }

    /// The key of a table.
    pub(super) fn key(&self, name: &str) -> Option<&Self> {
        self.properties.get(name)
    }

    /// The keys of a table.
    pub(super) fn key_names(&self) -> impl Iterator<Item = &str> {
        self.properties.keys().map(String::as_str)
    }

    /// What it is called.
    pub(super) fn title_or_value(&self) -> &str {
        self.description.as_deref().unwrap_or("a value")
    }

    /// The keys that a table can have.
    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.properties.iter().map(|(key, value)| (&**key, value))
    }

    /// Whether it says what a value may be, and does not just take any.
    #[cfg(test)]
    pub(super) fn is_typed(&self) -> bool {
        self.kind.is_some() || self.constant.is_some() || !self.one_of.is_empty()
    }

    /// The table that each of a list is.
    pub(super) fn item(&self) -> &Self {
        self.items.as_deref().unwrap_or(self)
    }

    #[cfg(test)]
    pub(super) fn title(&self) -> Option<&str> {
        self.additional_properties.and(self.description.as_deref())
    }

    fn like(sample: &toml::Value) -> Self {
        match sample {
            toml::Value::Integer(_) => Self::number(0, None),
            toml::Value::Table(table) => {
                let mut schema = Self::table("a table");
                for (key, value) in table {
                    let value = match (key.as_str(), value.as_str()) {
                        ("kind", Some(kind)) => Self {
                            constant: Some(kind.to_owned()),
                            ..Self::default()
                        },
                        _ => Self::like(value),
                    };
                    schema.has(key, value);
                    schema.requires(key);
                }
                schema
            }
            _ => Self::duration(),
        }
    }

    fn of(kind: &'static str) -> Self {
        Self {
            kind: Some(kind),
            ..Self::default()
        }
    }
}
