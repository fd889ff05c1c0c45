//! Scenarios in a lab that stands.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};
use lab_tests::process::{MARK, Marked};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::{cast, topology_text};
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("a_scenario_is_played_in_a_standing_lab", played),
        lab("a_wrong_scenario_leaves_the_lab_alone", wrong),
        lab(
            "a_scenario_at_the_prompt_ends_the_script_that_it_fails",
            prompt,
        ),
    ]
}

/// A user with a runtime directory of their own. Labs that are left when it is dropped are taken down.
pub(crate) struct House {
    place: TempDir,
    mark: String,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    err: String,
}

impl House {
    pub(crate) fn new(name: &str) -> anyhow::Result<Self> {
        let house = Self {
            place: TempDir::new()?,
            mark: format!("{}-{name}", std::process::id()),
        };
        std::fs::create_dir(house.place.path().join("run"))?;
        topology_text::write(house.place.path(), None)?;
        Ok(house)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = cast::dcilab();
        command
            .args(words)
            .env("XDG_RUNTIME_DIR", self.file("run"))
            .env("NO_COLOR", "1")
            .env(MARK, &self.mark)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end; the words are split at spaces.
    pub(crate) fn say(&self, line: &str) -> anyhow::Result<Said> {
        let words: Vec<_> = line.split_whitespace().collect();
        Said::of(self.command(&words).output()?)
    }

    /// Brings the three sites up, with an IGP that is quick.
    pub(crate) fn up(&self) -> anyhow::Result<()> {
        let file = self.file("three-site.toml");
        self.say(&format!("up {} --igp immediate", file.display()))?
            .expect(0)?;
        Ok(())
    }

    pub(crate) fn json(&self, line: &str) -> anyhow::Result<Value> {
        let said = self.say(line)?.expect(0)?;
        serde_json::from_str(&said.out).with_context(|| format!("no JSON: {}", said.out))
    }

    /// What is wrong with the lab, by its own word.
    pub(crate) fn problems(&self) -> anyhow::Result<Value> {
        Ok(self.json("inspect -f json")?["problems"].clone())
    }

    /// Nothing is.
    pub(crate) fn sound(&self) -> anyhow::Result<()> {
        let problems = self.problems()?;
        ensure!(problems.as_array().is_some_and(Vec::is_empty), "{problems}");
        Ok(())
    }

    /// The process of an edge device.
    pub(crate) fn edge_device(&self, name: &str) -> Option<i32> {
        Marked::new(&self.mark, 0).edge_device(name)
    }

    /// The state of a host's entry at an edge device.
    pub(crate) fn entry(&self, device: &str, host: &str) -> anyhow::Result<Option<String>> {
        let said = self.json(&format!("show mac --on {device} --mac {host} -f json"))?;
        let state = &said[device]["entries"][0]["state"];
        Ok(state.as_str().map(str::to_owned))
    }

    fn scenario(&self, name: &str, text: &str) -> anyhow::Result<String> {
        let file = self.file(name);
        std::fs::write(&file, text)?;
        Ok(file.display().to_string())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.say("down --all");
    }
}

impl Said {
    fn of(output: Output) -> anyhow::Result<Self> {
        Ok(Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        })
    }

    pub(crate) fn expect(self, code: i32) -> anyhow::Result<Self> {
        ensure!(self.code == Some(code), "not {code}: {self:?}");
        Ok(self)
    }

    /// Fails unless all of this was said on standard error.
    pub(crate) fn complains(self, texts: &[&str]) -> anyhow::Result<Self> {
        for text in texts {
            ensure!(self.err.contains(text), "`{text}` is missing: {self:?}");
        }
        Ok(self)
    }

    /// Fails unless all of this was said on standard output.
    pub(crate) fn tells(self, texts: &[&str]) -> anyhow::Result<Self> {
        for text in texts {
            ensure!(self.out.contains(text), "`{text}` is missing: {self:?}");
        }
        Ok(self)
    }
}

/// Most kinds of steps, in one lab.
const STEPS: &str = r#"
name = "all-sorts"

[[step]]
name = "capture"
do = "capture start"
file = "sorts.pcapng"

[[step]]
name = "probes"
do = "traffic start"
to = "vm1"

[[step]]
name = "part"
do = "partition"
sites = ["b"]

[[step]]
name = "parted"
do = "assert"
expect = { ping = "client-b -> vm1", answer = "no" }

[[step]]
name = "heal"
do = "heal"

[[step]]
name = "healed"
do = "assert"
expect = { ping = "client-b -> vm1" }
within = "30s"

[[step]]
name = "kill"
do = "ed kill"
device = "ed-b"

[[step]]
name = "silent"
do = "assert"
expect = { ping = "client-b -> vm1", answer = "no" }

[[step]]
name = "restart"
do = "ed restart"
device = "ed-b"

[[step]]
name = "up-again"
do = "assert"
expect = { adjacency = "up", on = "ed-b" }
within = "60s"

[[step]]
name = "move"
do = "migrate"

[[step]]
name = "known"
do = "assert"
expect = { mac = "vm1", at = "c" }
within = "30s"

[[step]]
name = "tables"
do = "show"
what = "mac"

[[step]]
name = "slow"
do = "impair"
between = ["a", "c"]
delay = "20ms"

[[step]]
name = "quick"
do = "impair reset"

[[step]]
name = "stop-probes"
do = "traffic stop"

[[step]]
name = "stop-capture"
do = "capture stop"
"#;

fn played() -> anyhow::Result<()> {
    let house = House::new("played")?;
    house.up()?;
    let file = house.scenario("sorts.toml", STEPS)?;
    let captures = house.file("captures");
    let played = house.json(&format!(
        "play {file} --captures {} -f json",
        captures.display()
    ))?;
    ensure!(played["verdict"]["kind"] == "passed", "{played}");
    ensure!(played["scenario"] == "all-sorts", "{played}");
    let steps = played["steps"].as_array().context("no steps")?;
    let tables = steps.iter().find(|step| step["name"] == "tables");
    let tables = &tables.context("no tables")?["details"]["tables"];
    ensure!(tables["ed-b"]["body"]["entries"].is_array(), "{tables}");
    let flows = played["flows"].as_array().context("no flows")?;
    ensure!(flows.len() == 3, "{flows:?}");
    let capture = std::fs::metadata(captures.join("sorts.pcapng"))?;
    ensure!(capture.len() > 1000, "{} bytes", capture.len());
    house.sound()?;
    // The lab stands, and knows where vm1 is.
    house
        .say("migrate vm1 c")?
        .expect(2)?
        .complains(&["`vm1` is at site `c` already"])?;
    Ok(())
}

fn wrong() -> anyhow::Result<()> {
    let house = House::new("play-wrong")?;
    house.up()?;
    let file = house.scenario(
        "wrong.toml",
        "[[step]]\ndo = \"migrate\"\n[[step]]\ndo = \"migrate\"\nvm = \"vm2\"\n",
    )?;
    house
        .say(&format!("play {file}"))?
        .expect(2)?
        .complains(&["wrong.toml:5", "did you mean `vm1`"])?;
    // Not even the first step was done.
    house.say("migrate vm1 c")?.expect(0)?;
    Ok(())
}

fn prompt() -> anyhow::Result<()> {
    let house = House::new("prompt")?;
    house.up()?;
    let file = house.scenario(
        "fails.toml",
        "[[step]]\nname = \"never\"\ndo = \"assert\"\nwithin = \"200ms\"\n\
         expect = { mac = \"vm1\", on = \"ed-a\", state = \"flood\" }\n",
    )?;
    let lines = format!(
        "ed kill ed-b; ed restart ed-b; link down vm1:eth0; link up vm1:eth0; play {file}; down"
    );
    let output = house.command(&["shell", "-c", &lines]).output()?;
    let said = Said::of(output)?.expect(1)?;
    said.tells(&["FAILED at step `never`", "seen last: ed-a: vm1 local"])?;
    // `down` was not run.
    house.sound()
}
