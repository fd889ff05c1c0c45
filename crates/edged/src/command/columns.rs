//! Tables for people: columns as wide as their widest cell.
//!
//! Cells here are ASCII, and lines never wrap, so that they can be searched: padding is all it takes.

use core::fmt;

/// A table with a head.
pub(super) struct Columns {
    rows: Vec<Vec<String>>,
    /// What to say when there is no row.
    empty: &'static str,
}

impl Columns {
    pub(super) fn new(head: &[&str], empty: &'static str) -> Self {
        let head = head.iter().map(ToString::to_string).collect();
        Self {
            rows: vec![head],
            empty,
        }
    }

    pub(super) fn push<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.into());
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.len() == 1 {
            return writeln!(f, "{}", self.empty);
        }
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..count).map(width).collect();
        for row in &self.rows {
            let padded: Vec<_> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            writeln!(f, "{}", padded.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_an_empty_table_says_so() {
        let mut table = Columns::new(&["VLAN", "Port"], "no entry");
        assert_eq!(table.to_string(), "no entry\n");
        table.push(["100".to_owned(), "evi-link1".to_owned()]);
        table.push(["4".to_owned(), "-".to_owned()]);
        assert_eq!(table.to_string(), "VLAN  Port\n100   evi-link1\n4     -\n");
    }
}
