//! What topology files can say, in labs that stand.

use std::fs;

use anyhow::{Context, ensure};
use lab_tests::eventually;
use lab_tests::requirement::{Requirement, needing};
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

use crate::house::{House, entries_of};

pub(crate) fn trials() -> Vec<Trial> {
    let lab = |name, test: fn() -> anyhow::Result<()>| needing(&[Requirement::Lab], name, test);
    vec![
        lab("a_direct_port_goes_with_its_vm", direct),
        lab("what_is_generated_comes_up_in_every_mesh", generated),
        lab(
            "a_vlan_that_ends_at_its_site_is_known_there_alone",
            one_site,
        ),
        lab("settings_reach_a_lab_that_stands", settings),
    ]
}

fn shipped(name: &str) -> String {
    format!("{}/../topologies/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Whether the kernel has an interface in a node.
fn has_interface(house: &House, node: &str, interface: &str) -> anyhow::Result<bool> {
    let said = house.say(&format!("exec {node} -- cat /proc/net/dev"))?;
    Ok(said.expect(0)?.out.contains(&format!("{interface}:")))
}

fn states(house: &House, host: &str) -> anyhow::Result<Vec<String>> {
    let entries = entries_of(house, host)?;
    Ok(entries
        .into_iter()
        .map(|(device, state)| format!("{device} {state}"))
        .collect())
}

fn direct() -> anyhow::Result<()> {
    let house = House::new("direct")?;
    let line = format!("up {} --igp immediate", shipped("direct.toml"));
    house.say(&line)?.expect(0)?;
    ensure!(has_interface(&house, "ed-a", "h-vm1")?);
    ensure!(!has_interface(&house, "ed-c", "h-vm1")?);
    // That a port is empty is nothing to warn of.
    for row in house
        .json("show status -f json")?
        .as_object()
        .context("rows")?
        .values()
    {
        ensure!(row["warnings"] == Value::Array(Vec::new()), "{row}");
    }
    house.say("migrate vm1 c")?.expect(0)?;
    ensure!(!has_interface(&house, "ed-a", "h-vm1")?);
    ensure!(has_interface(&house, "ed-c", "h-vm1")?);
    let moved = ["ed-a remote", "ed-b remote", "ed-c local"];
    ensure!(
        states(&house, "vm1")? == moved,
        "{:?}",
        states(&house, "vm1")?
    );
    house.say("ping client-b vm1 --count 2")?.expect(0)?;
    let inspection = house.json("inspect -f json")?;
    let hosts = inspection["hosts"].as_array().context("hosts")?;
    let vm = hosts
        .iter()
        .find(|host| host["name"] == "vm1")
        .context("vm1")?;
    ensure!(
        vm["plugged_in"] == Value::from(vec!["ed-c", "h-vm1", ""]),
        "{vm}"
    );
    // It goes without a word: the port is gone, and what was learned by it stays.
    house.say("migrate vm1 b --announce silent")?.expect(0)?;
    ensure!(!has_interface(&house, "ed-c", "h-vm1")?);
    ensure!(
        states(&house, "vm1")? == moved,
        "{:?}",
        states(&house, "vm1")?
    );
    house.say("announce vm1")?.expect(0)?;
    eventually("the announcement is published", || {
        let now = states(&house, "vm1")?;
        let expected = ["ed-a remote", "ed-b local", "ed-c remote"];
        Ok((now != expected).then(|| format!("{now:?}")))
    })?;
    // Back to where it began: the port is there a second time.
    house.say("migrate vm1 a")?.expect(0)?;
    house.say("ping client-c vm1 --count 2")?.expect(0)?;
    Ok(())
}

fn generated() -> anyhow::Result<()> {
    let house = House::new("generated")?;
    let scratch = TempDir::new()?;
    for (mesh, adjacencies) in [("full", 20), ("hub", 8), ("ring", 10)] {
        let file = scratch.path().join(format!("{mesh}.toml"));
        let file = file.display();
        let line = format!("generate --sites 5 --hosts 2 --mesh {mesh} -o {file}");
        house.say(&line)?.expect(0)?;
        house.say(&format!("validate {file}"))?.expect(0)?;
        house
            .say(&format!("up {file} --igp immediate"))?
            .expect(0)?
            .complains(&["(converged)"])?;
        house.say("migrate vm1-s1 s4")?.expect(0)?;
        let moved = [
            "ed-s1 remote",
            "ed-s2 remote",
            "ed-s3 remote",
            "ed-s4 local",
            "ed-s5 remote",
        ];
        ensure!(
            states(&house, "vm1-s1")? == moved,
            "{mesh}: {:?}",
            states(&house, "vm1-s1")?
        );
        // From a site that has no adjacency with s4 in the hub or the ring.
        house.say("ping c1-s2 vm1-s1 --count 2")?.expect(0)?;
        let said = house.say("exec ed-* -- cat /proc/net/dev")?.expect(0)?;
        ensure!(said.out.matches("uplink:").count() == 5, "{said:?}");
        house.say("down")?.expect(0)?;
        let plan = house.json(&format!("validate {file} -f json"))?;
        let devices = plan["edge_devices"].as_array().context("devices")?;
        let links = |device: &Value| device["config"]["evi_link"].as_array().cloned();
        let with_isis = devices.iter().filter_map(links).flatten();
        let with_isis = with_isis.filter(|link| link["isis"] != false).count();
        ensure!(with_isis == adjacencies, "{mesh}: {with_isis}");
    }
    Ok(())
}

fn one_site() -> anyhow::Result<()> {
    let house = House::new("one-site")?;
    let line = format!("up {} --igp immediate", shipped("many-vlans.toml"));
    house.say(&line)?.expect(0)?;
    ensure!(
        states(&house, "files")? == ["ed-s1 local"],
        "{:?}",
        states(&house, "files")?
    );
    ensure!(states(&house, "printer1")? == ["ed-s1 local"]);
    let tables = house.json("show mac --on ed-s1 -f json")?;
    let rows = tables["ed-s1"]["entries"].as_array().context("rows")?;
    let is_static = |row: &&Value| row["static"] == true || row["is_static"] == true;
    ensure!(rows.iter().filter(is_static).count() == 2, "{rows:?}");
    house.say("ping printer1 files --count 2")?.expect(0)?;
    house
        .say("migrate files s2")?
        .expect(2)?
        .complains(&["VLAN 900 is not extended", "extended = false"])?;
    Ok(())
}

fn settings() -> anyhow::Result<()> {
    let house = House::new("settings")?;
    let scratch = TempDir::new()?;
    let file = scratch.path().join("quiet.toml");
    // No VM, and no move: there is enough to look at.
    let text = "[[vlan]]\nid = 100\nprefix = \"10.1.0.0/24\"\n[[site]]\nname = \"a\"\n[[site]]\nname = \"b\"\n\
                [[host]]\nname = \"h{n}\"\ncount = 4\nrole = \"observer\"\nsite = \"a\"\nvlan = 100\n\
                [[host]]\nname = \"far\"\nrole = \"observer\"\nsite = \"b\"\nvlan = 100\naddress = \"10.1.0.77\"\n";
    fs::write(&file, text)?;
    let line = format!(
        "up {} --igp immediate --set site.b.mode=igp-only --set host.far.address=10.1.0.99",
        file.display()
    );
    house.say(&line)?.expect(0)?;
    let inspection = house.json("inspect -f json")?;
    let devices = inspection["devices"].as_array().context("devices")?;
    let modes: Vec<_> = devices
        .iter()
        .map(|device| device["mode"].clone())
        .collect();
    ensure!(modes == ["garp-flood", "igp-only"], "{modes:?}");
    let hosts = inspection["hosts"].as_array().context("hosts")?;
    let far = hosts
        .iter()
        .find(|host| host["name"] == "far")
        .context("far")?;
    ensure!(far["address"] == "10.1.0.99", "{far}");
    house.say("ping h4 far --count 2")?.expect(0)?;
    Ok(())
}
