//! The schema of topology files, as a validator that is not ours understands it.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use jsonschema::Validator;
use lab_tests::cast::trial;
use lab_tests::invocation;
use lab_tests::topology_text::THREE_SITE;
use libtest_mimic::Trial;
use serde_json::Value;
use topology::Topology;

/// Every key that the three sites do not have, by what it is written in place of. Where there is a choice,
/// an unusual one.
const MORE_KEYS: [(&str, &str); 9] = [
    (
        "[igp]\n",
        "seed = 7\n[underlay]\nmtu = 9000\nprefix = \"192.168.0.0/24\"\n[site_network]\nmtu = 1400\nattachment = \"switched\"\n\
         [switch]\nageing = \"10s\"\n[igp]\nmesh = \"hub\"\nhub = \"b\"\narea = \"49.0002\"\nauthentication = \"secret\"\n",
    ),
    (
        "[mechanism]\n",
        "[igp.timers]\nhello_interval = \"1s\"\nhold_multiplier = 7\n\
         lsp_generation = { kind = \"backoff\", initial = \"50 ms\", second = \"3s\", maximum = \"5s\" }\n\
         lsp_pacing = { interval = \"7ms\", burst = 2 }\nretransmit_interval = \"1m 30s\"\n\
         csnp_interval = \"0s\"\npsnp_interval = \"500us\"\nmax_age = \"1000s\"\n\
         refresh_interval = \"100s\"\nzero_age = \"30s\"\njitter_percent = 3\n[mechanism]\n",
    ),
    (
        "mode = \"garp-flood\"",
        "mode = \"garp-redirect\"\nflood_hold = \"1s\"\nannouncement_repeats = 0\nannouncement_message = \"evi\"\narp_suppression = false\n\
         announcement_interval = \"1s\"\narp_ageing = \"10s\"\ndampening_moves = 0\n\
         dampening_window = \"10s\"\nfreeze_time = \"10s\"\nmac_ageing = \"10s\"\nmac_limit = 100",
    ),
    (
        "prefix = \"10.100.0.0/24\"",
        "prefix = \"10.100.0.0/24\"\nextended = true",
    ),
    (
        "name = \"b\"",
        "name = \"b\"\nattachment = \"direct\"\nmode = \"igp-only\"\n\
         igp = { profile = \"frr\", timers = { hello_interval = \"3s\", jitter_percent = 3 } }\n\
         [[site]]\nname = \"s{n}\"\ncount = 2",
    ),
    (
        "[[host]]\nname = \"client-c\"",
        "[[host]]\nname = \"o{n}\"\ncount = 2\nrole = \"observer\"\nsite = \"s{n}\"\n\
         vlan = 100\nstatic = true\n[[host]]\nname = \"client-c\"",
    ),
    (
        "address = \"10.100.0.3\"",
        "address = \"10.100.0.3\"\nmac = \"02:00:00:00:00:99\"",
    ),
    (
        "announce = \"garp\"",
        "announce = \"rfc5227\"\ndowntime = \"60 ms\"",
    ),
    (
        "rate = 1000",
        "rate = 50\nvms = \"moved\"\ndirection = \"to-vm\"\npayload = 500\nbaseline = \"2s\"\nsettle = \"2s\"\n\
         recovery_limit = \"2s\"",
    ),
];

/// What is replaced in the three sites, and by what; no mistake of meaning, which no schema can see.
const MISTAKES: [(&str, &str); 10] = [
    ("[igp]", "colour = \"red\"\n[igp]"),
    ("[igp]", "[igp]\nprofil = \"frr\""),
    (
        "[igp]",
        "[igp]\ntimers = { lsp_generation = { kind = \"one-shot\" } }",
    ),
    (
        "[igp]",
        "[igp]\ntimers = { lsp_generation = { kind = \"never\" } }",
    ),
    ("[igp]", "[igp]\ntimers = { hello_interval = 5 }"),
    ("mode = \"garp-flood\"", "mode = \"garp\""),
    ("mode = \"garp-flood\"", "flood_hold = \"30\""),
    ("id = 100", "id = 4095"),
    ("rate = 1000", "rate = -1"),
    ("vm = \"vm1\"\n", ""),
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("every_topology_of_the_project_fits_the_schema", shipped),
        trial("what_the_reader_takes_the_schema_takes", all_keys),
        trial("what_the_schema_refuses_the_reader_refuses", mistakes),
    ]
}

fn validator() -> anyhow::Result<Validator> {
    let ended = invocation::run("schema")?;
    ended.expect_code(0)?;
    let schema: Value = serde_json::from_str(&ended.stdout)?;
    jsonschema::draft7::new(&schema).map_err(|error| anyhow!("no schema: {error}"))
}

fn read(text: &str) -> anyhow::Result<Value> {
    let table: toml::Table = text.parse()?;
    Ok(serde_json::to_value(table)?)
}

fn fits(validator: &Validator, text: &str) -> anyhow::Result<()> {
    let value = read(text)?;
    validator
        .validate(&value)
        .map_err(|error| anyhow!("{}: {error}", error.instance_path()))
}

fn shipped() -> anyhow::Result<()> {
    let validator = validator()?;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../topologies");
    let mut files = 0;
    for entry in fs::read_dir(&directory)? {
        let file = entry?.path();
        fits(&validator, &fs::read_to_string(&file)?)
            .with_context(|| file.display().to_string())?;
        files += 1;
    }
    ensure!(files > 0, "no topologies in {}", directory.display());
    Ok(())
}

fn all_keys() -> anyhow::Result<()> {
    let mut text = THREE_SITE.to_owned();
    for (place, more) in MORE_KEYS {
        ensure!(text.contains(place), "no `{place}` any more");
        text = text.replacen(place, more, 1);
    }
    Topology::load("all.toml", &text).map_err(|d| anyhow!(d.render("all.toml", &text, false)))?;
    fits(&validator()?, &text)
}

fn mistakes() -> anyhow::Result<()> {
    let validator = validator()?;
    for (right, wrong) in MISTAKES {
        ensure!(THREE_SITE.contains(right), "no `{right}` any more");
        let text = THREE_SITE.replacen(right, wrong, 1);
        ensure!(
            fits(&validator, &text).is_err(),
            "the schema takes `{wrong}`"
        );
        ensure!(
            Topology::load("wrong.toml", &text).is_err(),
            "the reader takes `{wrong}`"
        );
    }
    Ok(())
}
