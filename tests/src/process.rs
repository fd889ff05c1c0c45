//! Processes of one run, told from all others on the machine by a mark in their environment.

use std::fs;

/// The environment variable that carries the mark.
pub const MARK: &str = "LAB_TESTS_MARK";

/// The processes of one run, seen from outside.
#[derive(Clone, Debug)]
pub struct Marked {
    entry: Vec<u8>,
    outer: i32,
}

/// The three processes that make a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The one that was started; it stays outside.
    Outer,
    /// Process 1 inside.
    Init,
    /// The lab itself.
    Lab,
}

impl Marked {
    /// The processes with this mark; `outer` is the number of the one outside.
    #[must_use]
    pub fn new(mark: &str, outer: u32) -> Self {
        Self {
            entry: format!("{MARK}={mark}").into_bytes(),
            outer: i32::try_from(outer).unwrap_or(0),
        }
    }

    /// All that run now.
    #[must_use]
    pub fn running(&self) -> Vec<i32> {
        all().filter(|pid| self.is_of_run(*pid)).collect()
    }

    fn is_of_run(&self, pid: i32) -> bool {
        // A zombie's environment is empty: it does not run.
        fs::read(format!("/proc/{pid}/environ")).is_ok_and(|text| {
            text.split(|byte| *byte == 0)
                .any(|entry| entry == self.entry)
        })
    }

    /// The process that plays this part; `None` while, or when, there is none.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<i32> {
        let depth = part as usize;
        (0..depth).try_fold(self.outer, |pid, _| only_child(pid))
    }

    /// The edge device of this name.
    #[must_use]
    pub fn edge_device(&self, name: &str) -> Option<i32> {
        self.edge_devices(name).into_iter().next()
    }

    /// The edge device of this name, and any script that has started it.
    #[must_use]
    pub fn edge_devices(&self, name: &str) -> Vec<i32> {
        let file = format!("/{name}/edged.toml");
        let is_device = |pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line)
                .split('\0')
                .any(|word| word.ends_with(&file))
        };
        self.running().into_iter().filter(is_device).collect()
    }
}

/// All processes of the machine.
pub(crate) fn all() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn only_child(of: i32) -> Option<i32> {
    let mut children = all().filter(|pid| parent(*pid) == Some(of));
    children.next()
}

fn parent(pid: i32) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything, a parenthesis too.
    let (_, fields) = text.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}
