//! Files that are not what they should be: said by name, with a cure, and nothing done.

use std::fs;

use anyhow::Context;
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::stored::Stored;
use libtest_mimic::Trial;
use serde_json::json;
use tempfile::TempDir;

use crate::gate::gate;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_file_that_is_no_result_is_said_to_be_none", no_results),
        trial("limits_that_mean_nothing_are_refused", limits),
        trial("a_gate_needs_something_to_judge_by", nothing),
    ]
}

fn no_results() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let whole = serde_json::to_string_pretty(&Stored::usual()?.file)?;
    let mut future = Stored::usual()?;
    future.file["schema_version"] = json!(7);
    let mut damaged = Stored::usual()?;
    damaged.runs_mut()?[0]["flows"][0]["report"]["lost"] = json!("many");
    for (text, said) in [
        (whole[..whole.len() / 2].to_owned(), "is cut off in line"),
        (String::new(), "is empty"),
        ("\n".to_owned(), "is empty"),
        (
            "name = \"three-site\"\n".to_owned(),
            "is no result of dcilab",
        ),
        (
            "[]".to_owned(),
            "is no result of dcilab: it is JSON, and no object",
        ),
        (
            "{\"arguments\": []}".to_owned(),
            "it has no `schema_version`",
        ),
        (
            future.file.to_string(),
            "has schema version 7, and this dcilab reads 1 to 2",
        ),
        (
            damaged.file.to_string(),
            "is damaged: invalid type: string \"many\"",
        ),
    ] {
        let file = scratch.path().join("result.json");
        fs::write(&file, text)?;
        let file = file.display();
        let verbs = [
            "report FILE --md",
            "diff FILE FILE",
            "gate FILE --baseline FILE",
        ];
        for verb in verbs.map(|verb| verb.replace("FILE", &file.to_string())) {
            let ended = invocation::run(&verb)?;
            ended.expect_code(2).with_context(|| verb.clone())?;
            ended.expect_said(&["error: ", &file.to_string(), said])?;
        }
    }
    let ended = invocation::run(&format!("report {}", scratch.path().join("none").display()))?;
    ended.expect_code(2)?;
    ended.expect_said(&["cannot read", "No such file", "the directory of a run"])
}

fn limits() -> anyhow::Result<()> {
    let head = "[[limit]]\nvalue = \"outage\"\nat_most = \"1s\"\n";
    for (text, said) in [
        (format!("{head}mdoe = \"garp-flood\"\n"), vec!["limits.toml", "mdoe", "did you mean `mode`?"]),
        (format!("{head}mode = \"garp-flod\"\n"), vec!["limits.toml:4:", "no mode `garp-flod`", "did you mean `garp-flood`"]),
        (format!("{head}mode = \"garp-redirect\"\n"), vec!["no mode `garp-redirect`", "igp-only"]),
        (format!("{head}igp = \"cisco\"\n"), vec!["no IGP timer profile `cisco`", "comware-v5"]),
        (format!("{head}observer = \"client-d\"\n"), vec!["no observer `client-d`", "did you mean `client-"]),
        (format!("{head}site = \"middle\"\n"), vec!["middle", "third"]),
        ("[[limit]]\nvalue = \"outages\"\nat_most = \"1s\"\n".to_owned(), vec!["no value `outages`", "did you mean `outage`"]),
        ("[[limit]]\nvalue = \"outage\"\nat_most = 50\n".to_owned(), vec!["limits.toml:3:", "write \"50ms\""]),
        ("[[limit]]\nvalue = \"lost\"\nat_most = \"50ms\"\n".to_owned(), vec!["a number of probes"]),
        ("[[limit]]\nvalue = \"outage\"\nat_most = \"soon\"\n".to_owned(), vec!["`soon` is no duration"]),
        ("[[limit]]\nvalue = \"outage\"\n".to_owned(), vec!["needs `at_most` or `at_least`"]),
        ("[[ratio]]\nslower = \"igp-only\"\nfaster = \"garp-flood\"\nvalue = \"outage\"\nat_least = 0\n".to_owned(), vec!["must be above 0"]),
        ("[baseline]\nsignificance = 5\n".to_owned(), vec!["`significance` lies between 0 and 1"]),
        ("[[limit]\n".to_owned(), vec!["limits.toml", "line 1"]),
        (String::new(), vec!["nothing to judge by"]),
    ] {
        let ended = gate(&Stored::usual()?, &text, "")?;
        ended.expect_code(2).with_context(|| text.clone())?;
        ended.expect_said(&said).with_context(|| text.clone())?;
    }
    // Everything at once.
    let text = "[[limit]]\nvalue = \"outage\"\nmode = \"x\"\nobserver = \"y\"\n";
    let ended = gate(&Stored::usual()?, text, "")?;
    ended.expect_said(&["no mode `x`", "no observer `y`", "needs `at_most`"])
}

fn nothing() -> anyhow::Result<()> {
    let scratch = TempDir::new()?;
    let result = Stored::usual()?.write(scratch.path(), "result.json")?;
    let result = result.display();
    let ended = invocation::run(&format!("gate {result}"))?;
    ended.expect_code(2)?;
    ended.expect_said(&["--limits, --baseline, or both"])?;
    let ended = invocation::run(&format!("gate {result} --baseline {result} --repeat 5"))?;
    ended.expect_code(2)?;
    ended.expect_said(&["are for a topology file"])
}
