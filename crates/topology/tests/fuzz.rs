//! Topology files, damaged. `just fuzz` runs it for longer.

use std::time::Duration;

use bolero::check;
use topology::Topology;

/// How long the target runs in `cargo test`.
const BRIEFLY: Duration = Duration::from_millis(1000);
const THREE_SITE: &str = include_str!("../../../topologies/three-site.toml");

/// A file is refused with a reason, or its plan is the same each time.
fn read(text: &str) {
    match Topology::load("fuzz.toml", text) {
        Ok(resolved) => {
            let plan = resolved.plan();
            assert_eq!(plan.edge_devices.len(), resolved.sites().count());
            assert_eq!(plan, resolved.plan());
        }
        Err(diagnostics) => {
            assert!(diagnostics.has_errors());
            assert!(
                diagnostics
                    .render("fuzz.toml", text, false)
                    .contains("error")
            );
        }
    }
}

/// The example with words, lines and bytes exchanged: most of it still makes sense.
fn exchange(bytes: &[u8]) -> String {
    let mut lines: Vec<String> = THREE_SITE.lines().map(str::to_owned).collect();
    for change in bytes.chunks_exact(4) {
        let [kind, from, to, what] = [0, 1, 2, 3].map(|at| usize::from(change[at]));
        let (from, to) = (from % lines.len(), to % lines.len());
        match kind % 5 {
            0 => lines.swap(from, to),
            1 => lines[from] = lines[to].clone(),
            2 if lines.len() > 1 => drop(lines.remove(from)),
            3 => {
                let number = (what * what * what).to_string();
                lines[from] = lines[from].replace(|c: char| c.is_ascii_digit(), &number);
            }
            _ => {
                let value = lines[to]
                    .split_once(" = ")
                    .map(|(_, value)| value.to_owned());
                if let (Some((key, _)), Some(value)) = (lines[from].split_once(" = "), value) {
                    lines[from] = format!("{key} = {value}");
                }
            }
        }
    }
    lines.join("\n")
}

#[test]
fn fuzz_topology() {
    check!()
        .with_test_time(BRIEFLY)
        .with_max_len(64)
        .for_each(|bytes: &[u8]| {
            read(&String::from_utf8_lossy(bytes));
            read(&exchange(bytes));
        });
}
