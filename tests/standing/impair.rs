//! Impairments of a lab that stands.

use anyhow::{Context, ensure};
use lab_tests::requirement::{Requirement, needing};
use lab_tests::traces::Before;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::house::House;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("paths_are_impaired_and_reset_while_the_lab_runs", live),
        lab("every_impairment_is_asked_as_it_is_written", words),
        lab(
            "an_impairment_that_cannot_be_is_refused_with_a_cure",
            refused,
        ),
    ]
}

fn paths(house: &House) -> anyhow::Result<Vec<Value>> {
    let told = house.json("impair show -f json")?;
    Ok(told["paths"].as_array().context("no paths")?.clone())
}

fn live() -> anyhow::Result<()> {
    let house = House::new("impair-live")?;
    let before = Before::look()?;
    house.up("")?;
    let traces = house.traces(before)?;
    house
        .say("impair show")?
        .expect(0)?
        .tells(&["no path is impaired"])?;
    let set = "impair set a b --delay 60ms";
    house
        .say(set)?
        .expect(0)?
        .tells(&["2 paths are impaired, by "])?;
    house.say("ping client-a client-b --count 1")?.expect(0)?;
    for path in paths(&house)? {
        let shortest = path["measured"]["delay"]["min_ns"].as_u64();
        // netem does not tell.
        ensure!(
            shortest.is_none_or(|shortest| shortest >= 60_000_000),
            "{path}"
        );
        ensure!(path["measured"]["delivered"].as_u64() > Some(0), "{path}");
        ensure!(path["is_live"] == true, "{path}");
    }
    let shown = house.say("impair show")?.expect(0)?;
    shown.tells(&["impaired by ", "delay 60ms", "packets", "lost"])?;
    let script = "impair set a c --loss 100% --one-way; impair show; impair reset a b --one-way";
    let said = house.say_words(&["shell", "-c", script])?.expect(0)?;
    said.tells(&["loss 100%", "3 paths are impaired", "2 paths are impaired"])?;
    let left: Vec<_> = paths(&house)?
        .iter()
        .map(|p| (p["from"].clone(), p["to"].clone()))
        .collect();
    ensure!(
        left == [(json!("a"), json!("c")), (json!("b"), json!("a"))],
        "{left:?}"
    );
    house
        .say("impair reset")?
        .expect(0)?
        .tells(&["no path is impaired"])?;
    house.say("ping client-a client-c --count 1")?.expect(0)?;
    house
        .say("impair set * * --delay 1ms")?
        .expect(0)?
        .tells(&["6 paths"])?;
    house.say("down")?.expect(0)?;
    house.expect_nothing_left(&traces)
}

fn words() -> anyhow::Result<()> {
    let house = House::new("impair-words")?;
    house.up("--wait links")?;
    let line = "impair set b c --one-way --delay 40ms --jitter 5ms --loss 1% --burst 8 --rate 10mbit \
                --queue 50 --duplicate 2% --reorder 3% -f json";
    let told = house.json(line)?;
    let asked = json!({
        "delay": "40ms", "jitter": "5ms", "loss": "1%", "burst": 8, "rate": "10mbit", "queue": 50,
        "duplicate": "2%", "reorder": "3%",
    });
    ensure!(
        told["paths"]
            .as_array()
            .is_some_and(|paths| paths.len() == 1),
        "{told}"
    );
    ensure!(told["paths"][0]["asked"] == asked, "{told}");
    // Copies are the relay's alone.
    ensure!(told["back_end"] == "relay", "{told}");
    let reset = house.json("impair reset b c --one-way -f json")?;
    ensure!(
        reset["paths"] == json!([]) && reset["back_end"] == "none",
        "{reset}"
    );
    Ok(())
}

fn refused() -> anyhow::Result<()> {
    let house = House::new("impair-refused")?;
    house
        .say("impair show")?
        .expect(2)?
        .complains(&["no lab is up"])?;
    house.up("--wait links")?;
    let cases: [(&str, &[&str]); 7] = [
        (
            "impair set a x --delay 1ms",
            &["no site `x`", "`a`, `b`, `c`"],
        ),
        ("impair set a a --delay 1ms", &["from one site to another"]),
        (
            "impair set a b --jitter 1ms",
            &["`jitter` is greater than `delay`"],
        ),
        ("impair set a b --burst 4", &["add `loss`"]),
        ("impair set a b --loss 5", &["write percent with a sign"]),
        (
            "impair set a b --rate 5",
            &["write a whole number with `kbit`"],
        ),
        ("impair reset a y", &["no site `y`"]),
    ];
    for (line, says) in cases {
        house.say(line)?.expect(2)?.complains(says)?;
    }
    ensure!(paths(&house)?.is_empty(), "something refused is asked");
    Ok(())
}
