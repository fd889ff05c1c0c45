//! Who builds a topology, and how long it takes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, anyhow, bail, ensure};
use lab_tests::cast;
use serde_json::Value;
use tempfile::TempDir;
use topology::Topology;

use crate::script;

/// Who builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builder {
    Script,
    Dcilab,
    Mininet,
}

/// How long it took, in seconds.
pub(crate) struct Took {
    /// Namespaces, links, addresses.
    pub(crate) built: f64,
    /// `up --wait links`, as a whole.
    pub(crate) links: f64,
    /// `up`, as a whole, until what was asked to wait for.
    pub(crate) waited: f64,
    pub(crate) down: f64,
}

impl Builder {
    pub(crate) const ALL: [Self; 3] = [Self::Script, Self::Dcilab, Self::Mininet];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Script => "ip -batch in a shell script",
            Self::Dcilab => "dcilab, the same steps",
            Self::Mininet => "Mininet",
        }
    }
}

/// One topology, ready to be built by any of them.
pub(crate) struct Builders {
    place: TempDir,
    dcilab: Option<PathBuf>,
    wait: String,
    has_mininet: bool,
}

impl Builders {
    pub(crate) fn new(sites: usize, dcilab: Option<&Path>, wait: &str) -> anyhow::Result<Self> {
        let place = TempDir::new()?;
        let text = topology(sites);
        let resolved = Topology::load("topology", &text)
            .map_err(|d| anyhow!(d.render("topology", &text, false)))?;
        let plan = resolved.plan();
        fs::write(place.path().join("topology.toml"), &text)?;
        fs::write(place.path().join("plan.json"), serde_json::to_vec(&plan)?)?;
        fs::write(
            place.path().join("by_mininet.py"),
            include_str!("mininet.py"),
        )?;
        script::write(&plan, place.path())?;
        let look = Command::new("/usr/bin/python3")
            .args(["-c", "import mininet.net"])
            .output();
        let missing = match look {
            Ok(look) if look.status.success() => None,
            Ok(look) => Some(String::from_utf8_lossy(&look.stderr).trim().to_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(missing) = &missing {
            eprintln!("Mininet is not here (apt-get install mininet): {missing}");
        }
        Ok(Self {
            place,
            dcilab: dcilab.map(Path::to_owned),
            wait: wait.to_owned(),
            has_mininet: missing.is_none(),
        })
    }

    /// `None` where the builder is not there.
    pub(crate) fn measure(&self, builder: Builder) -> anyhow::Result<Option<Took>> {
        match builder {
            Builder::Dcilab => self.by_dcilab().map(Some),
            Builder::Script => self.inside(&["bash", "build.sh"]).map(Some),
            Builder::Mininet if !self.has_mininet => Ok(None),
            Builder::Mininet => {
                match self.inside(&["/usr/bin/python3", "by_mininet.py", "plan.json"]) {
                    Ok(took) => Ok(Some(took)),
                    // It may want rights that this user has not; the others are compared all the same.
                    Err(error) => {
                        eprintln!("Mininet: {error:#}");
                        Ok(None)
                    }
                }
            }
        }
    }

    fn by_dcilab(&self) -> anyhow::Result<Took> {
        let (links, told, _) = self.up_and_down("links")?;
        let steps = told["timings"].as_array().context("no timings")?;
        let built = steps.iter().filter(|timing| {
            ["starting", "namespaces", "links", "links carry"]
                .iter()
                .any(|step| timing["step"] == *step)
        });
        let built = built.map(seconds).sum::<anyhow::Result<f64>>()?;
        let (waited, _, down) = self.up_and_down(&self.wait)?;
        Ok(Took {
            built,
            links,
            waited,
            down,
        })
    }

    /// How long it took to come up, what `up` told, and how long it took to go.
    fn up_and_down(&self, wait: &str) -> anyhow::Result<(f64, Value, f64)> {
        let started = Instant::now();
        let up = self.dcilab(&["up", "topology.toml", "-f", "json", "--wait", wait])?;
        let up_took = started.elapsed();
        let told = serde_json::from_str(&up).context("`up -f json` told no JSON")?;
        let started = Instant::now();
        self.dcilab(&["down"])?;
        Ok((up_took.as_secs_f64(), told, started.elapsed().as_secs_f64()))
    }

    fn dcilab(&self, words: &[&str]) -> anyhow::Result<String> {
        let command = self.dcilab.as_ref().map_or_else(cast::dcilab, Command::new);
        self.output(command, words)
    }

    /// Runs one of the others in namespaces of its own, where nothing of it stays either.
    fn inside(&self, words: &[&str]) -> anyhow::Result<Took> {
        let own = "--user --map-root-user --mount --net --pid --fork --kill-child --mount-proc";
        let words: Vec<_> = own.split(' ').chain(words.iter().copied()).collect();
        let said = self.output(Command::new("unshare"), &words)?;
        let line = said.lines().find_map(|line| line.strip_prefix("MEASURED "));
        let figures = line.with_context(|| format!("nothing was measured: {said}"))?;
        let figures: Vec<f64> = figures
            .split(' ')
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let (built, down) = match figures[..] {
            [built, down] => (built, down),
            [started, built, down] => (built - started, down - built),
            _ => bail!("not measured: {said}"),
        };
        Ok(Took {
            built,
            links: built,
            waited: built,
            down,
        })
    }

    fn output(&self, mut command: Command, words: &[&str]) -> anyhow::Result<String> {
        let place = self.place.path();
        let output = command
            .args(words)
            .current_dir(place)
            .env("XDG_RUNTIME_DIR", place)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{command:?}"))?;
        let err = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{words:?}: {}: {err}",
            output.status
        );
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Drop for Builders {
    fn drop(&mut self) {
        let _ = self.dcilab(&["down", "--all"]);
    }
}

fn seconds(timing: &Value) -> anyhow::Result<f64> {
    let took = timing["took"].as_str().context("no time")?;
    Ok(humantime::parse_duration(took)?.as_secs_f64())
}

/// Sites with one host each, in one VLAN. The IGP publishes at once, but for a hundred sites' LSPs, which
/// would all be generated a hundred times: there it waits for two seconds, as vendors' do.
fn topology(sites: usize) -> String {
    use std::fmt::Write as _;
    let profile = if sites > 10 {
        "comware-v5"
    } else {
        "immediate"
    };
    let mut text = format!(
        "name = \"compared\"\n[igp]\nprofile = \"{profile}\"\n[[vlan]]\nid = 100\nprefix = \"10.100.0.0/16\"\n"
    );
    for site in 0..sites {
        let (name, role) = if site == 0 {
            ("vm1".to_owned(), "vm")
        } else {
            (format!("h{site}"), "observer")
        };
        let _ = write!(
            text,
            "[[site]]\nname = \"s{site}\"\n[[host]]\nname = \"{name}\"\nrole = \"{role}\"\n\
             site = \"s{site}\"\nvlan = 100\n"
        );
    }
    text + "[migration]\nvm = \"vm1\"\nto = \"s1\"\n"
}
