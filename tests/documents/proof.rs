//! A test as the documents name it: `edge/tests/moments::r_1_…` is a function in
//! `crates/edge/tests/moments.rs`, `tests/measured/moments::three_moments_…` a trial in `tests/`.

use std::path::{Path, PathBuf};

/// A test that is named as a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Without `crates/` and `.rs`.
    place: String,
    pub(crate) test: String,
}

/// How a test is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A function with `#[test]`, in a `proptest!` block or outside of one.
    Function,
    /// A name given to a trial of a program with a `main` of its own.
    Trial,
}

impl Proof {
    pub(crate) fn file(&self, root: &Path) -> PathBuf {
        let parent = match self.place.starts_with("tests/") {
            true => root.to_owned(),
            false => root.join("crates"),
        };
        parent.join(format!("{}.rs", self.place))
    }
}

/// The tests in a cell of a table.
pub(crate) fn in_cell(cell: &str) -> Vec<Proof> {
    let quoted = cell.split('`').skip(1).step_by(2);
    let proof = |text: &str| {
        let (place, test) = text.split_once("::")?;
        let (place, test) = (place.to_owned(), test.to_owned());
        Some(Proof { place, test })
    };
    quoted.filter_map(proof).collect()
}

/// What kind of test `name` is in `source`; `None` when it is none there.
pub(crate) fn kind_of(source: &str, name: &str) -> Option<Kind> {
    let function = format!("fn {name}(");
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let position = lines.iter().position(|line| line.starts_with(&function));
    let is_test = position.is_some_and(|at| {
        let above = lines[..at].iter().rev();
        let mut attributes =
            above.take_while(|line| line.starts_with("//") || line.starts_with('#'));
        attributes.any(|line| *line == "#[test]")
    });
    if is_test {
        return Some(Kind::Function);
    }
    source
        .contains(&format!("\"{name}\""))
        .then_some(Kind::Trial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_in_a_cell() {
        let proofs =
            in_cell(" `edge/tests/moments::r_1_x`, and more: `tests/measured/deaths::y`; `z` |");
        let files: Vec<_> = proofs.iter().map(|p| p.file(Path::new("/"))).collect();
        assert_eq!(
            files,
            [
                Path::new("/crates/edge/tests/moments.rs"),
                Path::new("/tests/measured/deaths.rs")
            ]
        );
    }

    #[test]
    fn only_what_is_run_is_a_test() {
        let source = "#[test]\n// why\nfn a() {}\nfn b() {}\ntrial(\"c\", d)";
        assert_eq!(kind_of(source, "a"), Some(Kind::Function));
        assert_eq!(kind_of(source, "b"), None);
        assert_eq!(kind_of(source, "c"), Some(Kind::Trial));
    }
}
