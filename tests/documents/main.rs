//! What the documents say about the code is so: every requirement names the tests that prove it, and
//! every test that is named exists and is run.

mod exercised;
mod proof;
mod topology;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proof::{Proof, kind_of};

/// and D-1 to D-9.
fn requirements() -> BTreeSet<String> {
    let named = |letter: char, last: u32| (1..=last).map(move |n| format!("{letter}-{n}"));
    named('R', 16).chain(named('D', 9)).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are in the workspace")
        .to_owned()
}

fn mechanism() -> String {
    let path = root().join("docs/mechanism.md");
    std::fs::read_to_string(path).expect("docs/mechanism.md can be read")
}

/// The rows of the table of proofs: each requirement with its tests.
fn proofs() -> BTreeMap<String, Vec<Proof>> {
    let text = mechanism();
    let (_, section) = text.split_once("## Proof\n").expect("a section `Proof`");
    let section = section.split("\n## ").next().unwrap_or(section);
    let rows = section.lines().filter_map(|line| {
        let (name, tests) = line.strip_prefix("| **")?.split_once("** |")?;
        Some((name.to_owned(), proof::in_cell(tests)))
    });
    rows.collect()
}

#[test]
fn every_requirement_has_a_proof() {
    let proofs = proofs();
    let without: Vec<_> = requirements()
        .into_iter()
        .filter(|name| proofs.get(name).is_none_or(Vec::is_empty))
        .collect();
    assert!(without.is_empty(), "no test is named for {without:?}");
    let unknown: Vec<_> = proofs
        .keys()
        .filter(|name| !requirements().contains(*name))
        .collect();
    assert!(unknown.is_empty(), "no requirement: {unknown:?}");
}

#[test]
fn every_test_that_is_named_exists_and_is_run() {
    let root = root();
    let all = proofs();
    assert!(!all.is_empty(), "the table of proofs is empty");
    let mut wrong = Vec::new();
    for (requirement, proofs) in all {
        for proof in proofs {
            let path = proof.file(&root);
            match std::fs::read_to_string(&path) {
                Err(error) => wrong.push(format!("{requirement}: {}: {error}", path.display())),
                Ok(source) if kind_of(&source, &proof.test).is_none() => {
                    wrong.push(format!(
                        "{requirement}: no test `{}` in {}",
                        proof.test,
                        path.display()
                    ));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
