//! Typed reading of one table, which collects what is wrong instead of stopping at it.

use core::fmt;
use std::collections::BTreeMap;
use std::time::Duration;

use humantime_serde::re::humantime;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use wire::VlanId;

use super::Field;
use super::complaint::{article, unknown_key};
use super::schema::Schema;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span, did_you_mean, known};

/// Reads the keys of one table.
pub(super) struct TableReader<'t, 'd> {
    /// The table's header, for pointing at what it lacks; the top level has none.
    header: Option<Span>,
    title: &'static str,
    values: BTreeMap<&'t str, &'t Spanned<DeValue<'t>>>,
    pub(super) diagnostics: &'d mut Diagnostics,
    /// Where it is written down what is asked for; while a file is read, nowhere.
    schema: Option<&'d mut Schema>,
}

impl<'t, 'd> TableReader<'t, 'd> {
    /// A reader of `table`, which has no keys but `keys`.
    ///
    /// A misspelt key is reported, and read as the one that it was meant to be: else what is missing now
    /// would be reported as well.
    pub(super) fn new(
        table: &'t DeTable<'t>,
        header: Option<Span>,
        title: &'static str,
        keys: &'static [&'static str],
        diagnostics: &'d mut Diagnostics,
    ) -> Self {
        let mut values = BTreeMap::new();
        let is_known = |key: &str| keys.contains(&key);
        for (key, value) in table.iter().filter(|(key, _)| is_known(key.get_ref())) {
            values.insert(key.get_ref().as_ref(), value);
        }
        for (key, value) in table.iter().filter(|(key, _)| !is_known(key.get_ref())) {
            let meant = did_you_mean(key.get_ref(), keys.iter().copied());
            diagnostics.push(unknown_key(key, title, keys, meant));
            if let Some(meant) = meant {
                values.entry(meant).or_insert(value);
            }
        }
        Self {
            header,
            title,
            values,
            diagnostics,
            schema: None,
        }
    }

    /// A reader of nothing, which writes down what is asked for.
    pub(super) fn describing(
        title: &'static str,
        schema: &'d mut Schema,
        diagnostics: &'d mut Diagnostics,
    ) -> Self {
        Self {
            header: None,
            title,
            values: BTreeMap::new(),
            diagnostics,
            schema: Some(schema),
        }
    }

    fn note(&mut self, key: &str, value: impl FnOnce() -> Schema) {
        if let Some(schema) = &mut self.schema {
            schema.has(key, value());
        }
    }

    /// As [`require`](Self::require), where the file has one of the keys at all.
    pub(super) fn require_together(&mut self, keys: &[(&str, &str)]) {
        if let Some(schema) = &mut self.schema {
            let names: Vec<_> = keys.iter().map(|(key, _)| *key).collect();
            schema.requires_together(&names);
        } else if keys.iter().any(|(key, _)| self.values.contains_key(key)) {
            self.require(keys);
        }
    }

    /// Reports which of the keys are missing; with each goes what to add.
    pub(super) fn require(&mut self, keys: &[(&str, &str)]) {
        if let Some(schema) = &mut self.schema {
            keys.iter().for_each(|(key, _)| schema.requires(key));
            return;
        }
        for (key, example) in keys
            .iter()
            .filter(|(key, _)| !self.values.contains_key(key))
        {
            let message = format!("{} has no `{key}`", self.title);
            let diagnostic = match self.header.clone() {
                Some(header) => Diagnostic::new(Code::MissingKey, header, message),
                None => Diagnostic::nowhere(Code::MissingKey, message),
            };
            let diagnostic = diagnostic.label(format!("`{key}` is missing"));
            self.diagnostics
                .push(diagnostic.help(format!("add `{example}`")));
        }
    }

    /// A text, as it is.
    pub(super) fn text(&mut self, key: &str) -> Field<String> {
        self.parse(key, "a text", |text| Ok::<_, String>(text.to_owned()))
    }

    /// A text that `parse` reads; its error is the cure.
    pub(super) fn parse<T, E: fmt::Display>(
        &mut self,
        key: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Field<T> {
        self.note(key, || Schema::text(what));
        let value = *self.values.get(key)?;
        let DeValue::String(text) = value.get_ref() else {
            return self.wrong_type(key, value, &format!("{what} in quotes"));
        };
        match parse(text) {
            Ok(parsed) => Some(Spanned::new(value.span(), parsed)),
            Err(cure) => {
                let message = format!("`{key}` is not {what}: `{text}`");
                let place = Diagnostic::new(Code::BadValue, value.span(), message);
                self.diagnostics
                    .push(place.label(format!("not {what}")).help(cure.to_string()));
                None
            }
        }
    }

    /// A duration, written as `500ms` or `2s`.
    pub(super) fn duration(&mut self, key: &str) -> Field<Duration> {
        self.note(key, Schema::duration);
        self.parse(key, "a duration", |text| {
            let cure = "write numbers with units, as in \"500ms\", \"2s\" or \"1m 30s\"";
            humantime::parse_duration(text).map_err(|_| cure)
        })
    }

    /// One of the words `all`.
    pub(super) fn word<T: Copy + fmt::Display>(
        &mut self,
        key: &str,
        what: &str,
        all: &[T],
    ) -> Field<T> {
        let words: Vec<_> = all.iter().map(T::to_string).collect();
        self.note(key, || Schema::words(what, words.clone()));
        let value = *self.values.get(key)?;
        let DeValue::String(text) = value.get_ref() else {
            return self.wrong_type(key, value, &format!("{what} in quotes"));
        };
        if let Some(at) = words.iter().position(|word| word == text) {
            return Some(Spanned::new(value.span(), all[at]));
        }
        let names = || words.iter().map(String::as_str);
        let label = match did_you_mean(text, names()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => "not known".to_owned(),
        };
        let place = Diagnostic::new(
            Code::UnknownWord,
            value.span(),
            format!("`{text}` is not {what}"),
        );
        self.diagnostics.push(
            place
                .label(label)
                .help(format!("use one of {}", known(names()))),
        );
        None
    }

    /// A whole number from 0 on.
    pub(super) fn number(&mut self, key: &str) -> Field<u64> {
        self.note(key, || Schema::number(0, None));
        let value = *self.values.get(key)?;
        let DeValue::Integer(digits) = value.get_ref() else {
            return self.wrong_type(key, value, "a whole number without quotes");
        };
        // TOML 1.1 "Integer": 64 bits, signed; what is beyond is no number that every reader takes.
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
        if let Some(number) = number.and_then(|number| u64::try_from(number).ok()) {
            return Some(Spanned::new(value.span(), number));
        }
        let message = format!("`{key}` is not a number from 0 to {}", i64::MAX);
        let place = Diagnostic::new(Code::OutOfRange, value.span(), message);
        self.diagnostics.push(place.label("too small or too great"));
        None
    }

    /// A VLAN ID (IEEE 802.1Q-2018 s9.6).
    pub(super) fn vlan_id(&mut self, key: &str) -> Field<VlanId> {
        self.note(key, || Schema::number(1, Some(4094)));
        let number = self.number(key)?;
        let id = u16::try_from(*number.get_ref()).ok();
        if let Some(id) = id.and_then(|id| VlanId::new(id).ok()) {
            return Some(Spanned::new(number.span(), id));
        }
        let message = format!("{} is not a VLAN ID", number.get_ref());
        let place = Diagnostic::new(Code::OutOfRange, number.span(), message);
        let cure = "use 1 to 4094: IEEE 802.1Q reserves 0 and 4095";
        self.diagnostics
            .push(place.label("not a VLAN ID").help(cure));
        None
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        self.note(key, Schema::flag);
        self.value(key)
    }

    /// An IS-IS timer: a value whose type knows by itself how to read it, and what is wrong with it.
    pub(super) fn value<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        self.note(key, || Schema::timer(key));
        let value = *self.values.get(key)?;
        match T::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(read) => Some(read),
            Err(error) => {
                let span = error.span().unwrap_or_else(|| value.span());
                let message = format!("`{key}` can not be used");
                let place = Diagnostic::new(Code::BadValue, span, message);
                self.diagnostics.push(place.label(error.message()));
                None
            }
        }
    }

    /// Where the table is; `None` for the top level.
    pub(super) fn place(&self) -> Option<Span> {
        self.header.clone()
    }

    /// A reader of the table `[key]`, when it is there.
    pub(super) fn table(
        &mut self,
        key: &str,
        title: &'static str,
        keys: &'static [&'static str],
    ) -> Option<TableReader<'t, '_>> {
        if self.schema.is_some() {
            let table = self.schema.as_deref_mut()?.open(key, title);
            return Some(TableReader::describing(title, table, self.diagnostics));
        }
        let value = *self.values.get(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            return self.wrong_type(key, value, &format!("a table {title}"));
        };
        Some(TableReader::new(
            table,
            Some(value.span()),
            title,
            keys,
            self.diagnostics,
        ))
    }

    /// The tables `[[key]]`, each read by `read`.
    pub(super) fn tables<T>(
        &mut self,
        key: &str,
        title: &'static str,
        keys: &'static [&'static str],
        read: impl Fn(&mut TableReader<'t, '_>) -> T,
    ) -> Vec<T> {
        if let Some(schema) = &mut self.schema {
            let mut item = Schema::table(title);
            let _ = read(&mut TableReader::describing(
                title,
                &mut item,
                self.diagnostics,
            ));
            schema.has(key, Schema::list(item));
        }
        let Some(value) = self.values.get(key).copied() else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_type::<T>(key, value, &format!("one table {title} for each"));
            return Vec::new();
        };
        let mut items = Vec::new();
        for item in array {
            match item.get_ref() {
                DeValue::Table(table) => {
                    let header = Some(item.span());
                    let mut reader = TableReader::new(table, header, title, keys, self.diagnostics);
                    items.push(read(&mut reader));
                }
                _ => items.extend(self.wrong_type::<T>(key, item, &format!("a table {title}"))),
            }
        }
        items
    }

    fn wrong_type<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        wanted: &str,
    ) -> Option<T> {
        let message = format!("`{key}` takes {wanted}");
        let found = format!("found {}", article(value.get_ref().type_str()));
        let place = Diagnostic::new(Code::WrongType, value.span(), message);
        self.diagnostics.push(place.label(found));
        None
    }
}
