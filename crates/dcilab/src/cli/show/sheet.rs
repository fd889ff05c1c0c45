//! A table before it is drawn: what tells its rows apart, what may change in them, what always does.

use std::collections::BTreeMap;

use comfy_table::Cell;
use serde_json::{Map, Value};

use crate::report::{number, table};

/// What a column is for whoever compares two looks at a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With the other keys it tells which row this is.
    Key,
    /// What may change.
    Value,
    /// A count: what it has grown by is worth more than what it is.
    Count,
    /// Ages and the like, which differ at every look.
    Age,
}

/// Rows under a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<String>>,
}

/// What happened to a row between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Came,
    Went,
    Changed,
}

/// What differs between two looks at a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changes {
    columns: Vec<String>,
    rows: Vec<(Fate, Vec<String>)>,
}

impl Sheet {
    pub(super) fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Kind)>) -> Self {
        let columns = columns
            .into_iter()
            .map(|(name, kind)| (name.to_owned(), kind));
        Self {
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        let row: Vec<_> = row.into_iter().collect();
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    pub(super) fn text(&self) -> String {
        let mut drawn = table([]);
        drawn.set_header(self.columns.iter().map(|(name, _)| name));
        for row in &self.rows {
            let kinds = self.columns.iter().map(|(_, kind)| *kind);
            drawn.add_row(row.iter().zip(kinds).map(cell));
        }
        format!("{drawn}\n")
    }

    /// The rows as objects.
    #[cfg(test)]
    pub(super) fn json(&self) -> Value {
        let names = || self.columns.iter().map(|(name, _)| name);
        self.rows.iter().map(|row| object(names(), row)).collect()
    }

    /// What has changed since another look at the same table.
    pub(super) fn since(&self, before: &Self) -> Changes {
        let mut gone: BTreeMap<Vec<&str>, &Vec<String>> = BTreeMap::new();
        for row in &before.rows {
            gone.insert(before.key(row), row);
        }
        let mut rows = Vec::new();
        for row in &self.rows {
            match gone.remove(&self.key(row)) {
                None => rows.push((Fate::Came, self.lasting(row.clone()))),
                Some(old) if self.is_same(old, row) => {}
                Some(old) => rows.push((Fate::Changed, self.lasting(self.difference(old, row)))),
            }
        }
        let went = gone.into_values().map(|row| self.lasting(row.clone()));
        rows.extend(went.map(|row| (Fate::Went, row)));
        let names = self.columns.iter().map(|(name, _)| name.clone());
        Changes {
            columns: self.lasting(names.collect()),
            rows,
        }
    }

    fn key<'r>(&self, row: &'r [String]) -> Vec<&'r str> {
        let cells = row.iter().zip(&self.columns);
        let keys = cells.filter(|(_, (_, kind))| *kind == Kind::Key);
        keys.map(|(cell, _)| cell.as_str()).collect()
    }

    fn is_same(&self, old: &[String], new: &[String]) -> bool {
        let mut cells = old.iter().zip(new).zip(&self.columns);
        cells.all(|((old, new), (_, kind))| *kind == Kind::Age || old == new)
    }

    fn difference(&self, old: &[String], new: &[String]) -> Vec<String> {
        let cells = old.iter().zip(new).zip(&self.columns);
        cells
            .map(|((old, new), (_, kind))| match kind {
                Kind::Count => grown(old, new),
                _ if old == new => new.clone(),
                _ => format!("{old} -> {new}"),
            })
            .collect()
    }

    /// Without what differs at every look.
    fn lasting(&self, row: Vec<String>) -> Vec<String> {
        let cells = row.into_iter().zip(&self.columns);
        let lasting = cells.filter(|(_, (_, kind))| *kind != Kind::Age);
        lasting.map(|(cell, _)| cell).collect()
    }
}

impl Changes {
    pub(super) fn text(&self) -> String {
        if self.rows.is_empty() {
            return "nothing has changed\n".to_owned();
        }
        let mut drawn = table([]);
        let columns = self.columns.iter().map(String::as_str);
        drawn.set_header(std::iter::once("").chain(columns));
        for (fate, row) in &self.rows {
            let sign = match fate {
                Fate::Came => "+",
                Fate::Went => "-",
                Fate::Changed => "~",
            };
            drawn.add_row(std::iter::once(sign).chain(row.iter().map(String::as_str)));
        }
        format!("{drawn}\n")
    }

    pub(super) fn json(&self) -> Value {
        let of = |wanted: Fate| -> Value {
            let rows = self.rows.iter().filter(|(fate, _)| *fate == wanted);
            rows.map(|(_, row)| object(self.columns.iter(), row))
                .collect()
        };
        serde_json::json!({
            "came": of(Fate::Came),
            "went": of(Fate::Went),
            "changed": of(Fate::Changed),
        })
    }
}

fn cell((text, kind): (&String, Kind)) -> Cell {
    match kind {
        Kind::Count => number(text),
        _ => Cell::new(text),
    }
}

fn grown(old: &str, new: &str) -> String {
    let (before, now): (Option<u64>, Option<u64>) = (old.parse().ok(), new.parse().ok());
    match (before, now) {
        (Some(before), Some(now)) if now >= before => format!("+{}", now - before),
        // A device that was started again counts from zero.
        _ => format!("{old} -> {new}"),
    }
}

fn object<'a>(names: impl Iterator<Item = &'a String>, row: &[String]) -> Value {
    let fields = names.zip(row);
    let fields = fields.map(|(name, cell)| (name.clone(), Value::from(cell.as_str())));
    Value::Object(fields.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[[&str; 4]]) -> Sheet {
        let mut sheet = Sheet::new([
            ("MAC", Kind::Key),
            ("where", Kind::Value),
            ("frames", Kind::Count),
            ("aging", Kind::Age),
        ]);
        for row in rows {
            sheet.push(row.map(str::to_owned));
        }
        sheet
    }

    #[test]
    fn what_came_went_and_changed_is_told_apart() {
        let before = sheet(&[
            ["a", "x", "1", "9"],
            ["b", "x", "1", "9"],
            ["c", "x", "5", "9"],
        ]);
        let now = sheet(&[
            ["a", "x", "1", "8"],
            ["c", "y", "7", "8"],
            ["d", "x", "1", "8"],
        ]);
        let changes = now.since(&before);
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            changes.rows,
            [
                (Fate::Changed, row(["c", "x -> y", "+2"])),
                (Fate::Came, row(["d", "x", "1"])),
                (Fate::Went, row(["b", "x", "1"])),
            ]
        );
        let json = changes.json();
        assert_eq!(json["changed"][0]["where"], "x -> y");
        assert_eq!(json["went"][0]["MAC"], "b");
    }

    #[test]
    fn ages_alone_are_no_change() {
        let changes = sheet(&[["a", "x", "1", "8"]]).since(&sheet(&[["a", "x", "1", "9"]]));
        assert_eq!(changes.text(), "nothing has changed\n");
    }

    #[test]
    fn a_count_that_began_anew_is_told_whole() {
        assert_eq!(grown("9", "2"), "9 -> 2");
        assert_eq!(grown("2", "2"), "+0");
    }
}
