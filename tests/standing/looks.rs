//! What is shown can be asked for, and compared with what was before.

use anyhow::ensure;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::house::House;

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("what_has_changed_since_is_told", differences),
        lab("filters_leave_out_what_is_not_wanted", filters),
        lab("topology_security_and_every_counter_are_shown", whole),
        lab("a_lab_that_is_held_ends_with_its_holder", held),
    ]
}

fn differences() -> anyhow::Result<()> {
    let house = House::new("differences")?;
    house.up("")?;
    let saved = house.file("before.json");
    let first = house.say("show mac --diff")?.expect(0)?;
    ensure!(first.out.is_empty(), "{first:?}");
    first.complains(&["the first look"])?;
    std::fs::write(&saved, house.say("show mac -f json")?.expect(0)?.out)?;
    house
        .say("show mac --diff")?
        .expect(0)?
        .tells(&["nothing has changed"])?;
    house.say("migrate vm1 c")?.expect(0)?;
    let moved = "local port1 -> remote evi-link2";
    house
        .say("show mac --diff")?
        .expect(0)?
        .tells(&["~", "vm1", moved])?;
    // The last look was just now; the file is from before.
    house
        .say("show mac --diff")?
        .expect(0)?
        .tells(&["nothing has changed"])?;
    let line = format!("show mac --diff={} -f json", saved.display());
    let changes = house.json(&line)?;
    ensure!(changes[0]["changed"][0]["ed-a"] == moved, "{changes}");
    ensure!(changes[0]["came"] == Value::Array(Vec::new()), "{changes}");
    house.say("show counters")?.expect(0)?;
    house.say("ping client-a client-b --count 2")?.expect(0)?;
    house
        .say("show counters --diff")?
        .expect(0)?
        .tells(&["~", "+"])?;
    let other = format!("show counters --diff={}", saved.display());
    house
        .say(&other)?
        .expect(2)?
        .complains(&["does not hold this table", "ed-a"])?;
    house
        .say("show mac --diff=/no/such")?
        .expect(2)?
        .complains(&["cannot read /no/such"])?;
    house
        .say("show events --diff")?
        .expect(2)?
        .complains(&["leave --diff out"])?;
    Ok(())
}

fn filters() -> anyhow::Result<()> {
    let house = House::new("filters")?;
    house.up("")?;
    let only = house
        .say("show arp suppression --mac client-b")?
        .expect(0)?;
    ensure!(!only.out.contains("vm1"), "{only:?}");
    only.tells(&["client-b", "10.100.0.2"])?;
    let none = house.say("show arp snooping --vlan 7")?.expect(0)?;
    ensure!(!none.out.contains("client"), "{none:?}");
    let cases: [(&str, &[&str]); 5] = [
        ("show mac --state remot", &["did you mean `remote`"]),
        ("show mac --mac vm2", &["did you mean `vm1`"]),
        ("show mac --mac 02:00", &["is no MAC address", "`client-a`"]),
        ("show mac --vlan 5000", &["1 to 4094"]),
        ("show arp snooping --mac nobody", &["no host `nobody`"]),
    ];
    for (line, texts) in cases {
        house.say(line)?.expect(2)?.complains(texts)?;
    }
    Ok(())
}

fn whole() -> anyhow::Result<()> {
    let house = House::new("whole")?;
    house.up("")?;
    let systems = house.say("show topology --on ed-a")?.expect(0)?;
    systems.tells(&["itself", "ed-c", "0200.0000.0003", "evi-link2"])?;
    house
        .say("show security --on ed-b")?
        .expect(0)?
        .tells(&["ed-b", "none can be gained"])?;
    let counters = house.json("show counters --on ed-a -f json")?;
    let shown = house.say("show counters --on ed-a")?.expect(0)?;
    let numbers = counters["ed-a"].as_object().into_iter().flatten();
    let numbers: Vec<_> = numbers.filter(|(_, value)| value.is_number()).collect();
    ensure!(numbers.len() > 5, "{counters}");
    for (name, _) in numbers {
        let name = name.replace('_', " ");
        ensure!(shown.out.contains(&name), "no `{name}`: {shown:?}");
    }
    Ok(())
}

fn held() -> anyhow::Result<()> {
    let house = House::new("held")?;
    let line = format!("up {} --wait links --hold", house.topology());
    house.say(&line)?.expect(2)?.complains(&["needs a pipe"])?;
    let words: Vec<_> = line.split_whitespace().collect();
    let mut command = house.command(&words);
    let mut up = command.stdin(std::process::Stdio::piped()).spawn()?;
    let holder = up.stdin.take();
    ensure!(up.wait()?.success(), "it did not come up");
    house.say("show status")?.expect(0)?;
    drop(holder);
    house.expect_no_process()?;
    house.say("ps")?.expect(0)?.complains(&["no lab is up"])?;
    Ok(())
}
