//! A configuration that is a symbolic link, as tools that roll configurations out leave them.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::ExitCode;

use anyhow::{bail, ensure};
use edge_api::ReloadOutcome;
use tempfile::TempDir;

use crate::device::{Device, Settings};
use crate::inside;
use crate::site::Wan;

pub(crate) fn play() -> ExitCode {
    inside(through_links)
}

/// The file may be changed where the link leads to, and the link may lead to another file there. A link
/// that leads to where the device could not read at its start is refused, and why is said.
async fn through_links() -> anyhow::Result<()> {
    let (here, there, nowhere) = (TempDir::new()?, TempDir::new()?, TempDir::new()?);
    let wan = Wan::build().await?;
    let site = wan.site(1).await?;
    let settings = |mac_ageing| Settings {
        mac_ageing,
        ..Settings::new(1, &[])
    };
    let target = there.path().join("first.toml");
    symlink(&target, here.path().join("ed1.toml"))?;
    // Written through the link.
    let device = Device::start(&site, here.path(), &settings("5m")).await?;
    ensure!(target.exists(), "the link is a file");
    fs::write(&target, settings("6m").text())?;
    expect_taken_over(&device.reload()?)?;
    let second = there.path().join("second.toml");
    fs::write(&second, settings("7m").text())?;
    device.link_to(&second)?;
    expect_taken_over(&device.hang_up()?)?;
    let third = nowhere.path().join("third.toml");
    fs::write(&third, settings("8m").text())?;
    device.link_to(&third)?;
    match device.reload()? {
        ReloadOutcome::Refused { errors } => {
            let told = errors
                .iter()
                .any(|error| error.contains("restart the device"));
            ensure!(told, "the cure is missing: {errors:?}");
        }
        // A kernel without Landlock.
        ReloadOutcome::Done { .. } if !device.is_confined()? => {}
        other => bail!("read from out of its reach: {other:?}"),
    }
    Ok(())
}

fn expect_taken_over(outcome: &ReloadOutcome) -> anyhow::Result<()> {
    match outcome {
        ReloadOutcome::Done { changes } if changes.len() == 1 => Ok(()),
        other => bail!("not taken over: {other:?}"),
    }
}
