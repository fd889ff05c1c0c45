//! Looking at the machine.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::{Facts, Switch, Tool, World};

const SWITCHES: [(Switch, &str); 3] = [
    (
        Switch::Apparmor,
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    ),
    (Switch::Limit, "/proc/sys/user/max_user_namespaces"),
    (Switch::Clone, "/proc/sys/kernel/unprivileged_userns_clone"),
];
const CLOCK_SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// Looks. What cannot be read is left out.
///
/// # Errors
/// The trial of a lab's world could not be started, or said what is not understood.
pub fn look() -> io::Result<Facts> {
    let switches = SWITCHES.iter();
    let switches = switches.filter_map(|(switch, path)| Some((*switch, line(path)?)));
    let load = line("/proc/loadavg");
    // Before the trial, which is a load of its own.
    let load = load.and_then(|text| text.split_whitespace().next()?.parse().ok());
    Ok(Facts {
        user: rustix::process::geteuid().as_raw(),
        kernel: rustix::system::uname()
            .release()
            .to_string_lossy()
            .into_owned(),
        switches: switches.collect(),
        world: world()?,
        clock_source: line(CLOCK_SOURCE),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        load,
        tools: Tool::ALL
            .iter()
            .map(|tool| (*tool, tool.version()))
            .collect::<BTreeMap<_, _>>(),
    })
}

/// A process of its own tries: to enter a lab's world forks, and there is no way back.
fn world() -> io::Result<World> {
    let said = Command::new("/proc/self/exe")
        .arg0("dcilab")
        .arg("doctor-probe")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    serde_json::from_slice(&said.stdout).map_err(io::Error::other)
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned())
}
