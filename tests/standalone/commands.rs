//! `edged check`, `show`, `thaw`, `reload` and `stop`, as a person uses them.

use std::fs;
use std::path::Path;
use std::process::Output;

use anyhow::ensure;
use linux_net::link;

use crate::Test;
use crate::device::{config, edged, run_in};
use crate::stage::Stage;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("check_says_what_is_wrong_and_where", check),
    ("check_here_looks_at_the_machine", check_here),
    ("show_has_every_table_for_people_and_machines", show),
    ("check_here_knows_circuits_and_local_vlans", check_more),
    ("reload_says_what_is_different_and_what_cannot_be", reload),
    ("commands_without_a_device_say_so", nobody_there),
];

fn expect(output: &Output, code: i32, texts: &[&str]) -> anyhow::Result<()> {
    let (out, err) = (&output.stdout, &output.stderr);
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    );
    ensure!(
        output.status.code() == Some(code),
        "{}: {said}",
        output.status
    );
    for text in texts {
        ensure!(said.contains(text), "`{text}` is missing: {said}");
    }
    Ok(())
}

fn check() -> anyhow::Result<()> {
    let stage = Stage::build(1600)?;
    let good = config(&stage.a, &stage.b);
    let file = stage.scratch().join("checked.toml");
    let check = |text: &str| -> anyhow::Result<Output> {
        fs::write(&file, text)?;
        Ok(edged().arg("check").arg(&file).output()?)
    };
    expect(&check(&good)?, 0, &["ed-a", "nothing is wrong"])?;
    let unknown = good.replace("access_vlan", "acces_vlan");
    let texts = ["line 17", "acces_vlan", "did you mean `access_vlan`?"];
    expect(&check(&unknown)?, 2, &texts)?;
    let unusable = good.replace("192.0.2.2", "192.0.2.1");
    expect(
        &check(&unusable)?,
        2,
        &["line 21", "evi-link1", "own address"],
    )?;
    expect(&check("name = ")?, 2, &["line 1"])?;
    expect(
        &edged().args(["check", "/no/such.toml"]).output()?,
        2,
        &["/no/such.toml"],
    )
}

fn check_here() -> anyhow::Result<()> {
    let stage = Stage::build(1600)?;
    let file = stage.scratch().join("here.toml");
    fs::write(&file, config(&stage.a, &stage.b))?;
    let arguments = [Path::new("check"), &file, Path::new("--here")];
    let here = || run_in(&stage, &stage.a.device, &arguments);
    expect(&here()?, 0, &["nothing is wrong"])?;
    stage
        .runtime
        .block_on(link::set_mtu(&stage.a.device, "uplink", 1500))?;
    expect(&here()?, 2, &["ip link set uplink mtu 1542"])?;
    stage
        .runtime
        .block_on(link::set_down(&stage.a.device, "uplink"))?;
    expect(
        &here()?,
        2,
        &[
            "warning",
            "ip link set uplink up",
            "no route leads to 192.0.2.2",
        ],
    )?;
    stage
        .runtime
        .block_on(link::delete(&stage.a.device, "uplink"))?;
    let texts = [
        "public.interface = `uplink`",
        "there is no interface",
        "ip address add",
    ];
    expect(&here()?, 2, &texts)
}

/// A circuit on the uplink's cable, and a site port that sends nothing to the public side.
fn check_more() -> anyhow::Result<()> {
    let stage = Stage::build(1600)?;
    let file = stage.scratch().join("more.toml");
    let circuit =
        "[[isis_circuit]]\nname = \"wan\"\ninterface = \"uplink\"\naddress = \"192.0.2.1\"\n";
    let check = |text: &str| -> anyhow::Result<Output> {
        fs::write(&file, text)?;
        let arguments = [Path::new("check"), &file, Path::new("--here")];
        run_in(&stage, &stage.a.device, &arguments)
    };
    let plain = config(&stage.a, &stage.b);
    expect(
        &check(&format!("{plain}{circuit}"))?,
        0,
        &["IS-IS circuits: 1"],
    )?;
    let missing = circuit.replace("uplink", "wan0");
    let texts = ["isis_circuit `wan`: interface = `wan0`", "no interface"];
    expect(&check(&format!("{plain}{missing}"))?, 2, &texts)?;
    let set_mtu = |mtu| {
        let set = link::set_mtu(&stage.a.device, "uplink", mtu);
        stage.runtime.block_on(set)
    };
    set_mtu(1500)?;
    expect(&check(&plain)?, 2, &["ip link set uplink mtu 1542"])?;
    let local = plain.replace("[public]", "local_vlans = [100]\n\n[public]");
    ensure!(local != plain, "{plain}");
    let local = local.replace("\n\nlocal_vlans", "\nlocal_vlans");
    expect(&check(&local)?, 0, &["nothing is wrong"])?;
    set_mtu(1400)?;
    let texts = ["LSPs need", "ip link set uplink mtu 1495"];
    expect(&check(&format!("{local}{circuit}"))?, 2, &texts)
}

fn reload() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    let unchanged = ["Reloads         0 done, 0 refused\n"];
    expect(&a.run("show status")?, 0, &unchanged)?;
    expect(&a.run("reload")?, 0, &["nothing changed"])?;
    let before = fs::read_to_string(&a.config)?;
    // As editors do: another file takes the place of the old one.
    let replace = |text: &str| -> anyhow::Result<()> {
        let new = a.config.with_extension("new");
        fs::write(&new, text)?;
        Ok(fs::rename(new, &a.config)?)
    };
    let other = before.replace("[public]", "mode = \"igp-only\"\n\n[public]");
    replace(&other.replace("\n\nmode", "\nmode"))?;
    expect(&a.run("reload")?, 0, &["mode: ", "-> igp-only"])?;
    let done = ["igp-only", "2 done, 0 refused; the last", "changes: 1"];
    expect(&a.run("show status")?, 0, &done)?;
    replace(&before.replace("192.0.2.1\"", "192.0.2.7\""))?;
    let texts = ["not reloaded", "public.address", "restart the device"];
    expect(&a.run("reload")?, 1, &texts)?;
    let refused = ["2 done, 1 refused", "Not reloaded    public.address"];
    expect(&a.run("show status")?, 0, &refused)?;
    for device in [a, b] {
        expect(&device.run("stop")?, 0, &[])?;
        device.expect_end(&stage)?;
    }
    Ok(())
}

fn show() -> anyhow::Result<()> {
    let mut stage = Stage::build(1600)?;
    let (a, b) = stage.start(&[])?;
    a.expect_adjacency("up")?;
    for (what, words) in [
        ("status", &["ed-a", "garp-flood", "192.0.2.1"][..]),
        (
            "mac",
            &[
                "MAC address",
                "VLAN ID",
                "State",
                "Type",
                "dynamic",
                "02:00:00:00:01:01",
                "local",
            ],
        ),
        ("arp snooping", &["no ARP entry"]),
        ("arp suppression", &["no ARP entry"]),
        ("evi link", &["EVI link", "evi-link1", "192.0.2.2", "Up"]),
        ("isis peer", &["System ID", "0200.0000.0002"]),
        ("isis lsdb", &["LSP ID", "Seq Num", "0200.0000.0001.00-00*"]),
        ("isis lsdb detail", &["VLAN 100   02:00:00:00:01:01"]),
        ("counters", &["Interface", "port1", "evi-link1", "uplink"]),
        ("drops", &["Interface", "Reason"]),
        ("events", &["mac-entry", "adjacency"]),
        ("security", &["Effective", "Landlock", "Seccomp"]),
    ] {
        let text = a.show_table(what)?;
        for word in words {
            ensure!(
                text.contains(word),
                "show {what}: `{word}` is missing:\n{text}"
            );
        }
        if what != "events" {
            a.show(what)?;
        }
    }
    let filtered = a.show("mac --vlan 100 --state remote")?;
    let entries = filtered["entries"].as_array().map_or(0, Vec::len);
    ensure!(entries == 1, "{filtered}");
    ensure!(
        filtered["entries"][0]["mac"] == stage.b.host_mac().to_string(),
        "{filtered}"
    );
    ensure!(a.show_table("mac --vlan 200")? == "no MAC entry\n");
    let mac = stage.a.host_mac();
    let thawed = a.run(&format!("thaw 100 {mac}"))?;
    expect(&thawed, 1, &["is not frozen"])?;
    expect(&a.run("show mac --state flod")?, 2, &["flod", "flood"])?;
    expect(&a.run("stop")?, 0, &[])?;
    a.expect_end(&stage)?;
    expect(&b.run("stop")?, 0, &[])?;
    b.expect_end(&stage)
}

fn nobody_there() -> anyhow::Result<()> {
    let stage = Stage::build(1600)?;
    let nobody = stage.scratch().join("nobody.sock");
    for verb in [
        "show status",
        "stop",
        "reload",
        "thaw 100 02:00:00:00:00:01",
    ] {
        let mut command = edged();
        command.args(verb.split(' ')).arg("--control").arg(&nobody);
        expect(&command.output()?, 1, &["nobody.sock", "is it running"])?;
    }
    let mut command = edged();
    command
        .env("XDG_RUNTIME_DIR", stage.scratch())
        .args(["show", "status"]);
    expect(&command.output()?, 1, &["--control"])?;
    expect(&edged().output()?, 2, &["--config"])
}
