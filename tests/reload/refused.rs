//! Files that cannot be taken over: said with line and key, and nothing changes.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use edge_api::ReloadOutcome;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::device::{Device, Settings};
use crate::inside;
use crate::site::Wan;

pub(crate) fn play() -> ExitCode {
    inside(refuse)
}

async fn refuse() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let wan = Wan::build().await?;
    let (a, b) = (wan.site(1).await?, wan.site(2).await?);
    let good = Settings::new(1, &[2]);
    let device = Device::start(&a, directory.path(), &good).await?;
    let _other = Device::start(&b, directory.path(), &Settings::new(2, &[1])).await?;
    let since = device.wait_for_links(&["to2"])?;
    let text = good.text();
    let bad = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    let cases = [
        (bad("mac_ageing", "mac_agein"), &["line 4", "mac_agein"][..]),
        (bad("\"5m\"", "\"soon\""), &["line 4", "soon"]),
        (bad("\"5m\"", "\"0s\""), &["mac_ageing"]),
        (
            bad("0200.0000.0001", "0200.0000.0009"),
            &["system_id", "restart"],
        ),
        (
            bad("interface = \"port1\"", "interface = \"port9\""),
            &["site_port.port1.interface"],
        ),
        (bad("198.18.0.2", "198.18.0.1"), &["own address"]),
        (text[..text.len() / 2].to_owned(), &["line"]),
        (String::new(), &["name"]),
    ];
    for (number, (text, names)) in (1..).zip(cases) {
        device.replace(&text)?;
        // By request and by signal in turn.
        let outcome = match number % 2 {
            0 => device.reload()?,
            _ => device.hang_up()?,
        };
        expect_refused(&outcome, names)?;
        ensure!(device.status()?.reloads.refused == number);
    }
    device.remove_file()?;
    expect_refused(&device.reload()?, &["ed1.toml", "No such file"])?;
    ensure!(
        device.wait_for_links(&["to2"])? == since,
        "the adjacency was lost"
    );
    // Against the configuration in force the good one is no change: nothing has been taken over.
    device.replace(&text)?;
    let outcome = device.reload()?;
    ensure!(
        outcome == ReloadOutcome::Done { changes: vec![] },
        "{outcome:?}"
    );
    Ok(())
}

fn expect_refused(outcome: &ReloadOutcome, names: &[&str]) -> anyhow::Result<()> {
    let ReloadOutcome::Refused { errors } = outcome else {
        bail!("taken over, but {names:?} is wrong: {outcome:?}");
    };
    for name in names {
        let told = errors.iter().any(|error| error.contains(name));
        ensure!(told, "{name} is not told: {errors:?}");
    }
    Ok(())
}

pub(crate) fn hang_up() -> ExitCode {
    inside(hang_up_and_end)
}

/// SIGHUP does not end the device; SIGTERM does, in good order, a reload before it or not.
async fn hang_up_and_end() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let wan = Wan::build().await?;
    let site = wan.site(1).await?;
    let device = Device::start(&site, directory.path(), &Settings::new(1, &[])).await?;
    let outcome = device.hang_up()?;
    ensure!(
        outcome == ReloadOutcome::Done { changes: vec![] },
        "{outcome:?}"
    );
    device.take_over(&Settings::new(1, &[2]))?;
    device.signal(Signal::HUP)?;
    device.signal(Signal::TERM)?;
    let status = device.end().await?;
    ensure!(status.success(), "{status}");
    Ok(())
}
