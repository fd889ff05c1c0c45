//! A table, before anyone says how it is drawn.

use comfy_table::Cell;

use super::{number, table};

/// A table of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) header: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A column's name, and where its texts stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) is_number: bool,
}

impl Grid {
    /// An empty one. A name that starts with `#` is of a column of numbers.
    pub(crate) fn new<S: AsRef<str>>(header: impl IntoIterator<Item = S>) -> Self {
        let column = |name: S| {
            let name = name.as_ref();
            let of_numbers = name.strip_prefix('#');
            Column {
                name: of_numbers.unwrap_or(name).to_owned(),
                is_number: of_numbers.is_some(),
            }
        };
        Self {
            header: header.into_iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn push<S: Into<String>>(&mut self, row: impl IntoIterator<Item = S>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// For a terminal.
    pub(crate) fn text(&self) -> String {
        let mut drawn = table::<0>([]);
        drawn.set_header(self.header.iter().map(|column| column.name.clone()));
        for row in &self.rows {
            let cells = self.header.iter().zip(row);
            drawn.add_row(cells.map(|(column, text)| match column.is_number {
                true => number(text),
                false => Cell::new(text),
            }));
        }
        format!("{drawn}\n")
    }

    /// For Markdown.
    pub(crate) fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let names = self.header.iter().map(|column| escaped(&column.name));
        let rules = self.header.iter().map(|column| match column.is_number {
            true => "--:".to_owned(),
            false => "---".to_owned(),
        });
        let mut text = line(names.collect()) + &line(rules.collect());
        for row in &self.rows {
            text.push_str(&line(row.iter().map(|cell| escaped(cell)).collect()));
        }
        text
    }
}

/// Text that Markdown takes as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_a_table_of_markdown() {
        let mut grid = Grid::new(["flow", "#lost"]);
        grid.push(["a|b", "< 3"]);
        assert_eq!(
            grid.markdown(),
            "| flow | lost |\n| --- | --: |\n| a\\|b | &lt; 3 |\n"
        );
    }
}
