//! The configuration file: read, checked, and everything that is wrong said with its line.

mod locate;

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use edge_api::EdgeConfig;

/// Reads and checks a configuration.
///
/// # Errors
/// The file cannot be read, is no TOML, has an unknown key or a value of the wrong type: the first of
/// these, with its line. Otherwise all values that cannot be used, each with its line.
pub(crate) fn read(path: &Path) -> anyhow::Result<EdgeConfig> {
    let place = path.display();
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {place}"))?;
    let config: EdgeConfig = match toml::from_str(&text) {
        Ok(config) => config,
        Err(error) => {
            let hint = hint(error.message()).unwrap_or_default();
            bail!("in the configuration {place}: {error}{hint}");
        }
    };
    if let Err(errors) = config.validate() {
        let lines: Vec<_> = errors
            .iter()
            .map(|error| match locate::line_of(error, &text) {
                Some(line) => format!("line {line}: {error}"),
                None => error.to_string(),
            })
            .collect();
        bail!("in the configuration {place}:\n  {}", lines.join("\n  "));
    }
    Ok(config)
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

    fn read_text(text: &str) -> anyhow::Result<EdgeConfig> {
        let path = std::env::temp_dir().join(format!(
            "edged-config-{}-{:?}.toml",
            std::process::id(),
            std::thread::current().id()
        ));
        fs::File::create(&path)?.write_all(text.as_bytes())?;
        let config = read(&path);
        fs::remove_file(&path)?;
        config
    }

    fn refusal(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        let error = read_text(&GOOD.replace(from, to)).unwrap_err();
        format!("{error:#}")
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
        let text = format!("{:#}", read_text(&bad).unwrap_err());
        for part in [
            "line 9: mobility.flood_hold",
            "line 13: EVI link",
            "line 15: port name",
        ] {
            assert!(text.contains(part), "`{part}` is missing: {text}");
        }
    }
}
