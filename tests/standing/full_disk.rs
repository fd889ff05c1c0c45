//! A disk that is full ends a capture, and not the lab.

use std::path::Path;

use anyhow::{Context, ensure};
use lab_tests::cast::{self, Role};
use lab_tests::requirement::{self, Requirement, needing};
use lab_tests::{dissection, eventually};
use libtest_mimic::Trial;
use rustix::mount::{MountFlags, mount};

use crate::house::House;

/// In a world with a disk of its own.
pub(crate) const ROLE: Role = ("full-disk", || requirement::inside(full));

pub(crate) fn trials() -> Vec<Trial> {
    let needed = [Requirement::Lab, Requirement::Tshark];
    let test = || {
        let ended = cast::role(ROLE.0).output()?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "{said}");
        Ok(())
    };
    vec![needing(
        &needed,
        "a_full_disk_ends_the_capture_and_keeps_the_lab",
        test,
    )]
}

fn full() -> anyhow::Result<()> {
    let house = House::new("full-disk")?;
    let disk = house.file("disk");
    std::fs::create_dir(&disk)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", &disk, "tmpfs", flags, Some(c"size=8k"))?;
    house.up("")?;
    let file = disk.join("x.pcapng");
    let line = format!("capture start vm1 -w {} --filter arp", file.display());
    house.say(&line)?.expect(0)?;
    eventually("the disk is full", || {
        house.say("announce vm1")?.expect(0)?;
        let row = &house.json("capture list -f json")?[0];
        Ok((row["state"] != "ended").then(|| row.to_string()))
    })?;
    let row = &house.json("capture list -f json")?[0];
    let why = row["why"].as_str().context("why")?;
    for text in ["the disk is full", "x.pcapng", "--ring", "the lab goes on"] {
        ensure!(why.contains(text), "`{text}` is missing: {why}");
    }
    whole(&file)?;
    // The lab has nothing of it.
    house.say("migrate vm1 c")?.expect(0)?;
    house
        .say("show mac --mac vm1")?
        .expect(0)?
        .tells(&["local"])?;
    // In the foreground it is the exit code, too: this machine cannot.
    let line = format!("capture vm1 -w {}", disk.join("y.pcapng").display());
    house.say(&line)?.expect(4)?.complains(&["No space left"])?;
    house.say("down")?.expect(0)?;
    Ok(())
}

/// The file ends with a whole frame: tshark has nothing to complain of.
fn whole(file: &Path) -> anyhow::Result<()> {
    let count = dissection::count(file, "arp")?;
    ensure!(count > 10, "{count} frames");
    Ok(())
}
