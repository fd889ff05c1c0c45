//! FRR: zebra and isisd in a namespace, with files and sockets of their own, asked by `vtysh`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use lab_tests::eventually;
use linux_net::namespace::Namespace;
use rustix::mount::{MountFlags, mount, mount_bind};
use serde_json::Value;
use tokio::process::Child;
use wire::SystemId;

/// Where Debian has FRR's daemons.
const DAEMONS: &str = "/usr/lib/frr";
/// Directories of the system's own FRR that the daemons would read or write otherwise.
const SYSTEM_DIRECTORIES: [&str; 2] = ["/etc/frr", "/var/tmp/frr"];

/// FRR in a namespace. Its processes end with the namespace.
pub(crate) struct Router {
    directory: PathBuf,
    _daemons: [Child; 2],
}

impl Router {
    /// Starts both daemons and waits until isisd answers.
    pub(crate) async fn start(
        namespace: &Namespace,
        directory: &Path,
        config: &str,
    ) -> anyhow::Result<Self> {
        let directory = directory.join("frr");
        fs::create_dir_all(directory.join("vty"))?;
        hide_system(&directory)?;
        fs::write(directory.join("zebra.conf"), "")?;
        fs::write(directory.join("isisd.conf"), config)?;
        let zebra = start(namespace, &directory, "zebra").await?;
        // isisd asks zebra for the interfaces, and is slow to ask again.
        wait_for(&directory.join("zserv"))?;
        let isisd = start(namespace, &directory, "isisd").await?;
        wait_for(&directory.join("vty/isisd.vty"))?;
        Ok(Self {
            directory,
            _daemons: [zebra, isisd],
        })
    }

    /// What FRR answers to a command.
    pub(crate) fn show(&self, command: &str) -> anyhow::Result<String> {
        let output = Command::new("vtysh")
            .arg("--vty_socket")
            .arg(self.directory.join("vty"))
            .args(["-d", "isisd", "-c", command])
            .stdin(Stdio::null())
            .output()
            .context("vtysh")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        let succeeded = output.status.success();
        ensure!(succeeded, "`{command}`: {said}{error}{}", self.logs());
        Ok(said)
    }

    /// The logs of both daemons: where one has ended, they say why.
    fn logs(&self) -> String {
        let files = ["zebra.log", "isisd.log"].map(|name| self.directory.join(name));
        let texts = files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap_or_default());
        texts.collect()
    }

    fn json(&self, command: &str) -> anyhow::Result<Value> {
        let said = self.show(&format!("{command} json"))?;
        serde_json::from_str(&said).with_context(|| format!("`{command}`: {said}"))
    }

    /// The state of the adjacency on an interface, as FRR names it: `Up`, `Initializing`, ...
    pub(crate) fn neighbor_state(&self, interface: &str) -> anyhow::Result<Option<String>> {
        let said = self.json("show isis neighbor detail")?;
        let circuits = said["areas"][0]["circuits"].as_array();
        let circuits = circuits.into_iter().flatten();
        let mut details = circuits.map(|circuit| &circuit["interface"]);
        let on = details.find(|i| i["name"] == *interface && !i["state"].is_null());
        Ok(on.and_then(|i| i["state"].as_str()).map(str::to_owned))
    }

    /// The LSPs of a device, by fragment, as `show isis database` has them.
    pub(crate) fn lsps(&self, host_name: &str) -> anyhow::Result<Vec<HeldLsp>> {
        // Its JSON tells of one LSP of each level alone (8.4).
        let said = self.show("show isis database")?;
        let lsps = said.lines().filter_map(HeldLsp::read);
        Ok(lsps.filter(|lsp| lsp.of == host_name).collect())
    }
}

/// An LSP that FRR holds.
#[derive(Clone, Debug)]
pub(crate) struct HeldLsp {
    /// Host name, as FRR puts it in the place of the system ID.
    of: String,
    pub(crate) fragment: u8,
    pub(crate) sequence: u32,
    pub(crate) checksum: u16,
    /// Seconds; 0: purged, and the header is kept for some time.
    pub(crate) lifetime: u32,
}

impl HeldLsp {
    /// `ed1.00-00 132 0x00000002 0x22ae 1175 0/0/0`; a purged one has `(59)` for its lifetime.
    fn read(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split_whitespace().collect();
        let [id, _length, sequence, checksum, lifetime, _flags] = words.as_slice() else {
            return None;
        };
        let hexadecimal = |text: &str| u32::from_str_radix(text.strip_prefix("0x")?, 16).ok();
        let (of, fragment) = id.rsplit_once(".00-")?;
        Some(Self {
            of: of.to_owned(),
            fragment: u8::from_str_radix(fragment, 16).ok()?,
            sequence: hexadecimal(sequence)?,
            checksum: u16::try_from(hexadecimal(checksum)?).ok()?,
            lifetime: lifetime.parse().unwrap_or(0),
        })
    }
}

/// isisd's configuration: an area of one router, a point-to-point circuit on each interface, and timers
/// that a test can wait for.
pub(crate) fn config(system: SystemId, interfaces: usize, password: Option<&str>) -> String {
    let mut text = "hostname frr\n".to_owned();
    for number in 1..=interfaces {
        text.push_str(&format!(
            "interface eth{number}\n ip router isis core\n isis network point-to-point\n \
             isis circuit-type level-1\n isis hello-interval 1\n isis hello-multiplier 3\n \
             isis csnp-interval 2\n isis psnp-interval 1\n"
        ));
        if let Some(password) = password {
            text.push_str(&format!(" isis password md5 {password}\n"));
        }
    }
    text.push_str("router isis core\n is-type level-1\n lsp-gen-interval 1\n");
    if let Some(password) = password {
        text.push_str(&format!(
            " area-password md5 {password} authenticate snp validate\n"
        ));
    }
    // Last: with it FRR generates its LSP, as what it has read so far says, and the next one after the
    // interval that it has read so far, 30 s by default.
    text.push_str(&format!(" net 49.0001.{system}.00\n"));
    text
}

async fn start(namespace: &Namespace, directory: &Path, name: &str) -> anyhow::Result<Child> {
    let log = fs::File::create(directory.join(format!("{name}.log")))?;
    let mut command = tokio::process::Command::new(format!("{DAEMONS}/{name}"));
    command
        .arg("-z")
        .arg(directory.join("zserv"))
        .arg("-i")
        .arg(directory.join(format!("{name}.pid")))
        .arg("--vty_socket")
        .arg(directory.join("vty"))
        .arg("-f")
        .arg(directory.join(format!("{name}.conf")))
        // No telnet port.
        .args(["-P", "0"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true);
    Ok(namespace.start(command).await?)
}

fn wait_for(file: &Path) -> anyhow::Result<()> {
    eventually(&format!("{}", file.display()), || {
        Ok((!file.exists()).then(|| "is not there".to_owned()))
    })
}

/// In the mounts of this lab alone: no configuration of the system's FRR, and its user is the one that
/// the lab has. FRR insists on changing to a user who is in the group of its sockets.
fn hide_system(directory: &Path) -> anyhow::Result<()> {
    let (passwd, group) = (directory.join("passwd"), directory.join("group"));
    fs::write(
        &passwd,
        "root:x:0:0::/:/bin/false\nfrr:x:0:0::/:/bin/false\n",
    )?;
    fs::write(&group, "root:x:0:\nfrr:x:0:\nfrrvty:x:0:frr,root\n")?;
    mount_bind(&passwd, "/etc/passwd").context("cover /etc/passwd")?;
    mount_bind(&group, "/etc/group").context("cover /etc/group")?;
    for path in SYSTEM_DIRECTORIES {
        if Path::new(path).is_dir() {
            let flags = MountFlags::NOSUID | MountFlags::NODEV;
            mount("tmpfs", path, "tmpfs", flags, None).with_context(|| format!("cover {path}"))?;
        }
    }
    Ok(())
}
