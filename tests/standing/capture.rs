//! Captures for people: what is in the file is what tshark reads.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use lab_tests::pcapng::Capture;
use lab_tests::requirement::{Requirement, needing};
use lab_tests::{dissection, eventually};
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::house::{House, Said};

pub(crate) fn trials() -> Vec<Trial> {
    let read = |name, test: fn() -> anyhow::Result<()>| {
        needing(&[Requirement::Lab, Requirement::Tshark], name, test)
    };
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        read("many_points_are_captured_and_only_what_is_wanted", points),
        read("a_capture_flows_into_tshark", pipe),
        read("a_capture_goes_on_beside_what_is_done", beside),
        read("a_ring_of_files_keeps_the_last", ring),
        lab("a_port_that_moves_away_ends_its_capture", moved),
        lab("a_capture_ends_with_its_lab_and_when_it_is_killed", ends),
        lab("what_cannot_be_captured_is_said_with_what_can", wrong),
    ]
}

/// How many frames tshark reads, all of them.
fn frames(file: &Path) -> anyhow::Result<usize> {
    dissection::count(file, "frame")
}

fn points() -> anyhow::Result<()> {
    let house = House::new("points")?;
    house.up("")?;
    let file = house.file("hellos.pcapng");
    let name = file.display();
    let line =
        format!("capture ed-*:uplink --write {name} --filter isis --count 12 --duration 60s");
    house
        .say(&line)?
        .expect(0)?
        .complains(&["ed-a:uplink, ed-b:uplink, ed-c:uplink", "12 frames"])?;
    ensure!(frames(&file)? == 12, "{} frames", frames(&file)?);
    ensure!(
        dissection::count(&file, "isis && gre")? == 12,
        "others, too"
    );
    let read = Capture::read(&file)?;
    ensure!(
        read.interfaces == ["ed-a:uplink", "ed-b:uplink", "ed-c:uplink"],
        "{:?}",
        read.interfaces
    );
    let stamps: Vec<_> = read.frames.iter().map(|frame| frame.at).collect();
    ensure!(stamps.is_sorted(), "not in the order of time: {stamps:?}");
    // Its time is over, whatever comes.
    let line = format!("capture client-a -w {name} --filter icmp --duration 50ms");
    house
        .say(&line)?
        .expect(0)?
        .complains(&["the time is over"])?;
    ensure!(frames(&file)? == 0, "ICMP that nobody has sent");
    Ok(())
}

fn pipe() -> anyhow::Result<()> {
    let house = House::new("pipe")?;
    house.up("")?;
    let mut capture = house.start("capture ed-*:uplink -w -")?;
    let from = capture.stdout.take().context("standard output")?;
    // It reads so much and goes; nothing ends the capture but that.
    let read = Command::new("tshark")
        .args([
            "-n",
            "-r",
            "-",
            "-c",
            "5",
            "-T",
            "fields",
            "-e",
            "frame.interface_name",
        ])
        .stdin(from)
        .stderr(Stdio::null())
        .output()?;
    ensure!(read.status.success(), "{read:?}");
    let text = String::from_utf8(read.stdout)?;
    let are_uplinks = text.lines().all(|line| line.ends_with(":uplink"));
    ensure!(text.lines().count() == 5 && are_uplinks, "{text}");
    let said = Said::of(capture.wait_with_output()?)?.expect(0)?;
    said.complains(&["the reader has gone"])?;
    house.say("show status")?.expect(0)?;
    Ok(())
}

fn beside() -> anyhow::Result<()> {
    let house = House::new("beside")?;
    house.up("")?;
    let file = house.file("move.pcapng");
    let name = file.display();
    let line = format!("capture start vm1 ed-c -w {name} --filter arp");
    house
        .say(&line)?
        .expect(0)?
        .complains(&["capture 1 has begun"])?;
    house
        .say("capture list")?
        .expect(0)?
        .tells(&["vm1:eth0", "ed-c:port1", "arp", "running"])?;
    house.say("migrate vm1 c")?.expect(0)?;
    // Who looks while it goes on sees what is there already, whole.
    eventually("the announcement is in the file", || {
        let count = dissection::count(&file, "arp.isgratuitous == 1 && gre")?;
        Ok((count == 0).then(|| "not there".to_owned()))
    })?;
    house
        .say("capture stop 1")?
        .expect(0)?
        .complains(&["capture 1 has ended"])?;
    let rows = house.json("capture list -f json")?;
    let told = rows[0]["frames"].as_u64().context("frames")?;
    ensure!(rows[0]["state"] == "ended", "{rows}");
    let read = frames(&file)?;
    ensure!(u64::try_from(read)? == told && told > 0, "{read} of {told}");
    ensure!(dissection::count(&file, "arp")? == read, "others, too");
    house
        .say("capture stop")?
        .expect(2)?
        .complains(&["no capture goes on", "capture start"])?;
    house
        .say("capture stop 1")?
        .expect(2)?
        .complains(&["capture 1 has ended already"])?;
    Ok(())
}

fn ring() -> anyhow::Result<()> {
    let house = House::new("ring")?;
    house.up("")?;
    let file = house.file("ring.pcapng");
    let line = format!(
        "capture start vm1 -w {} --filter arp --ring 2x1000B",
        file.display()
    );
    house.say(&line)?.expect(0)?;
    let name = |number: u32| house.file(&format!("ring.{number:05}.pcapng"));
    eventually("the fourth file", || {
        house.say("announce vm1")?.expect(0)?;
        Ok((!name(4).exists()).then(|| "not there".to_owned()))
    })?;
    house.say("capture stop")?.expect(0)?;
    ensure!(
        !name(1).exists() && !name(2).exists(),
        "the first are there"
    );
    ensure!(name(3).exists() && !file.exists(), "not the last two");
    let size = std::fs::metadata(name(3))?.len();
    ensure!((1000..1500).contains(&size), "{size} bytes");
    ensure!(frames(&name(3))? > 3, "hardly a frame");
    frames(&name(4))?;
    Ok(())
}

fn moved() -> anyhow::Result<()> {
    let house = House::new("moved")?;
    house.up("")?;
    let file = house.file("port.pcapng");
    let line = format!("capture start site-a:h-vm1 -w {}", file.display());
    house.say(&line)?.expect(0)?;
    house.say("migrate vm1 c")?.expect(0)?;
    let row = ended(&house)?;
    ensure!(row["why"] == "every interface is gone", "{row}");
    Ok(())
}

/// The first capture, once it has ended.
fn ended(house: &House) -> anyhow::Result<Value> {
    let mut row = Value::Null;
    eventually("the capture has ended", || {
        row = house.json("capture list -f json")?[0].clone();
        Ok((row["state"] != "ended").then(|| row.to_string()))
    })?;
    Ok(row)
}

fn ends() -> anyhow::Result<()> {
    let house = House::new("ends")?;
    house.up("--wait links")?;
    let file = house.file("x.pcapng").display().to_string();
    let start = format!("capture start * -w {file}");
    house.say(&start)?.expect(0)?;
    let row = house.json("capture list -f json")?;
    let process = row[0]["process"].as_i64().context("process")?;
    let process = Pid::from_raw(i32::try_from(process)?).context("process")?;
    kill_process(process, Signal::KILL)?;
    let row = ended(&house)?;
    ensure!(
        row["why"] == "its process has ended without a word",
        "{row}"
    );
    house.say(&start)?.expect(0)?.complains(&["capture 2"])?;
    let watched = house.start(&format!("capture ed-a -w {file}.2"))?;
    eventually("it has begun", || {
        let rows = house.json("capture list -f json")?;
        Ok((rows[2]["state"] != "running").then(|| rows.to_string()))
    })?;
    house.say("down")?.expect(0)?;
    let said = Said::of(watched.wait_with_output()?)?.expect(0)?;
    said.complains(&["the lab is gone"])?;
    house.expect_no_process()
}

fn wrong() -> anyhow::Result<()> {
    let house = House::new("wrong-capture")?;
    house.up("--wait links")?;
    let cases: [(&str, &[&str]); 10] = [
        ("capture", &["say what to capture", "-w a.pcapng"]),
        ("capture ed-a", &["say where to"]),
        (
            "capture ed-a:uplnk -w x",
            &["did you mean `uplink`", "`port1`"],
        ),
        ("capture ed-x -w x", &["no node `ed-x`"]),
        (
            "capture ed-a -w x --filter port",
            &["no word `port`", "isis", "tshark -Y"],
        ),
        ("capture ed-a -w /no/x", &["/no/x", "name another file"]),
        (
            "capture start ed-a -w /no/x",
            &["/no/x", "name another file"],
        ),
        ("capture start ed-a -w -", &["name a file"]),
        ("capture ed-a -w x --ring 5", &["5x10MB"]),
        ("capture ed-a -w - --ring 5x1MB", &["no ring"]),
    ];
    for (line, texts) in cases {
        house.say(line)?.expect(2)?.complains(texts)?;
    }
    ensure!(!Path::new("x").exists(), "a file was made");
    Ok(())
}
