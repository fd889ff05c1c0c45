//! Every verb and every flag that people can see is used by a test: by its name in the tests' sources, which
//! is as far as a look from outside can tell.

use std::fs;
use std::path::Path;

use clap::Command;

use super::root;

/// This file names none of them.
const OWN: &str = "exercised.rs";

#[test]
fn every_verb_and_flag_is_used_by_a_test() {
    let mut sources = String::new();
    for directory in ["tests", "crates/dcilab/tests"] {
        gather(&root().join(directory), &mut sources);
    }
    let mut unused = Vec::new();
    look(&dcilab::cli::command(), "", &sources, &mut unused);
    assert!(unused.is_empty(), "no test uses {}", unused.join(", "));
}

fn gather(directory: &Path, sources: &mut String) {
    for entry in fs::read_dir(directory).expect("sources of tests") {
        let path = entry.expect("sources of tests").path();
        let name = path.file_name().and_then(|name| name.to_str());
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|end| end == "rs") && name != Some(OWN) {
            sources.push_str(&fs::read_to_string(&path).expect("the source of a test"));
        }
    }
}

fn look(command: &Command, words: &str, sources: &str, unused: &mut Vec<String>) {
    for verb in command.get_subcommands() {
        let words = format!("{words} {}", verb.get_name()).trim().to_owned();
        let is_leaf = verb.get_subcommands().next().is_none();
        // In a line that is typed, or word by word.
        let spelled = words.replace(' ', "\", \"");
        if is_leaf && !sources.contains(&words) && !sources.contains(&format!("\"{spelled}\"")) {
            unused.push(format!("`{words}`"));
        }
        for flag in verb.get_arguments() {
            let long = flag.get_long().map(|long| format!("--{long}"));
            let short = flag.get_short().map(|short| format!(" -{short} "));
            let names: Vec<_> = long.into_iter().chain(short).collect();
            if !names.is_empty() && !names.iter().any(|name| sources.contains(name.as_str())) {
                unused.push(format!("`{words} {}`", names[0]));
            }
        }
        look(verb, &words, sources, unused);
    }
}
