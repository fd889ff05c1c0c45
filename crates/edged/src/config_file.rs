//! The configuration file: read, checked, and everything that is wrong said with its line.

mod locate;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edge_api::EdgeConfig;

use crate::control_path::directory_of;

/// Where the configuration is.
///
/// It is opened by its path each time: editors replace a file by another one of the same name. So a
/// device that has given up its right to open files keeps that of reading in some directories.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    path: Arc<Path>,
    readable: Arc<[PathBuf]>,
}

impl ConfigFile {
    pub(crate) fn new(path: &Path) -> Self {
        // An empty path has no absolute one, and cannot be read either.
        let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
        Self {
            readable: directories(&path).into(),
            path: path.into(),
        }
    }

    /// Where it may be read again: the directory of the path, and where the file is now, if the path is a
    /// link that leads elsewhere.
    pub(crate) fn directories(&self) -> &[PathBuf] {
        &self.readable
    }

    /// Reads and checks the configuration, at the start and again whenever a reload is asked for.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, has an unknown key or a value of the wrong type: the first
    /// of these, with its line. Otherwise all values that cannot be used, each with its line.
    pub(crate) fn read(&self) -> Result<EdgeConfig, Vec<String>> {
        read(&self.path, &self.readable)
    }
}

fn directories(path: &Path) -> Vec<PathBuf> {
    let beside = directory_of(path).to_owned();
    let target = fs::canonicalize(path).ok();
    let target = target.as_deref().map(directory_of);
    // The kernel takes what a directory holds with it.
    let is_elsewhere =
        |target: &&Path| fs::canonicalize(&beside).is_ok_and(|beside| !target.starts_with(beside));
    let target = target.filter(is_elsewhere).map(Path::to_owned);
    [Some(beside), target].into_iter().flatten().collect()
}

fn read(path: &Path, readable: &[PathBuf]) -> Result<EdgeConfig, Vec<String>> {
    let place = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let cure = match error.kind() {
            io::ErrorKind::PermissionDenied => out_of_reach(readable),
            _ => String::new(),
        };
        vec![format!(
            "cannot read the configuration {place}: {error}{cure}"
        )]
    })?;
    let config: EdgeConfig = toml::from_str(&text).map_err(|error| {
        let hint = hint(error.message()).unwrap_or_default();
        vec![format!("in the configuration {place}: {error}{hint}")]
    })?;
    let located = |error| match locate::line_of(error, &text) {
        Some(line) => format!("in the configuration {place}, line {line}: {error}"),
        None => format!("in the configuration {place}: {error}"),
    };
    match config.validate() {
        Ok(()) => Ok(config),
        Err(errors) => Err(errors.iter().map(located).collect()),
    }
}

/// No system call is made for this: a device that runs may make few.
fn out_of_reach(readable: &[PathBuf]) -> String {
    let readable: Vec<_> = readable
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    format!(
        ": a device that runs reads in {} alone, where the file was at its start: put it there, or restart the device",
        readable.join(" and ")
    )
}

/// The known word that an unknown one was probably meant to be, out of serde's own message.
fn hint(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = words.next()?;
    if !message.starts_with("unknown ") {
        return None;
    }
    let distance = |word: &&str| strsim::damerau_levenshtein(unknown, word);
    let nearest = words.min_by_key(distance)?;
    let near = distance(&nearest) <= nearest.chars().count().max(3) / 3;
    near.then(|| format!("did you mean `{nearest}`?\n"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const GOOD: &str = "\
name = \"ed-a\"
system_id = \"0200.0000.0001\"

[public]
interface = \"uplink\"
address = \"192.0.2.1\"

[mobility]
flood_hold = \"30s\"

[[evi_link]]
name = \"evi-link1\"
peer = \"192.0.2.2\"
";

    fn read_text(text: &str) -> Result<EdgeConfig, Vec<String>> {
        let path = std::env::temp_dir().join(format!(
            "edged-config-{}-{:?}.toml",
            std::process::id(),
            std::thread::current().id()
        ));
        let written = fs::File::create(&path).and_then(|mut f| f.write_all(text.as_bytes()));
        written.unwrap();
        let config = read(&path, &[]);
        fs::remove_file(&path).unwrap();
        config
    }

    fn refusal(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        read_text(&GOOD.replace(from, to)).unwrap_err().join("\n")
    }

    #[test]
    fn a_good_file_is_read() {
        assert_eq!(read_text(GOOD).unwrap().name, "ed-a");
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line_and_the_one_that_was_meant() {
        let text = refusal("flood_hold", "flood_hodl");
        for part in ["line 9", "flood_hodl", "did you mean `flood_hold`?", "^"] {
            assert!(text.contains(part), "`{part}` is missing: {text}");
        }
        let text = refusal("flood_hold", "colour");
        assert!(!text.contains("did you mean"), "{text}");
    }

    #[test]
    fn a_missing_key_is_told_without_a_guess() {
        let text = refusal("name = \"ed-a\"", "");
        assert!(text.contains("missing field `name`"), "{text}");
        assert!(!text.contains("did you mean"), "{text}");
    }

    #[test]
    fn every_value_that_cannot_be_used_is_told_with_its_line() {
        let bad = GOOD
            .replace("30s", "1ms")
            .replace("peer = \"192.0.2.2\"", "peer = \"192.0.2.1\"")
            .replace("address = \"192.0.2.1\"", "address = \"192.0.2.1\" # own")
            + "[[site_port]]\nname = \"evi-link1\"\ninterface = \"port1\"\naccess_vlan = 100\n";
        let text = read_text(&bad).unwrap_err().join("\n");
        for part in [
            "line 9: mobility.flood_hold",
            "line 13: EVI link",
            "line 15: port name",
        ] {
            assert!(text.contains(part), "`{part}` is missing: {text}");
        }
    }
}
