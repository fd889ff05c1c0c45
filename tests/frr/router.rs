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
        ensure!(output.status.success(), "`{command}`: {said}{error}");
        Ok(said)
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
        let said = self.json("show isis database detail")?;
        let lsps = said["areas"][0]["levels"][0]["lsps"].as_array().cloned();
        let lsps = lsps.unwrap_or_default();
        let of_device = lsps.iter().filter_map(HeldLsp::read);
        Ok(of_device.filter(|lsp| lsp.of == host_name).collect())
    }
}

/// An LSP that FRR holds.
#[derive(Clone, Debug)]
pub(crate) struct HeldLsp {
    /// Host name, as FRR puts it in the place of the system ID.
    pub(crate) of: String,
    pub(crate) fragment: u8,
    pub(crate) sequence: u32,
    pub(crate) checksum: u16,
    /// Seconds; 0: purged.
    pub(crate) lifetime: u64,
}

impl HeldLsp {
    fn read(lsp: &Value) -> Option<Self> {
        let hexadecimal = |key: &str| {
            let text = lsp[key].as_str()?.trim_start_matches("0x");
            u32::from_str_radix(text, 16).ok()
        };
        let (node, fragment) = lsp["lsp"]["id"].as_str()?.rsplit_once('-')?;
        let (of, _pseudonode) = node.rsplit_once('.')?;
        Some(Self {
            of: of.to_owned(),
            fragment: u8::from_str_radix(fragment, 16).ok()?,
            sequence: hexadecimal("seq-number")?,
            checksum: u16::try_from(hexadecimal("chksum")?).ok()?,
            lifetime: lsp["holdtime"].as_u64()?,
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
    text.push_str(&format!(
        "router isis core\n net 49.0001.{system}.00\n is-type level-1\n lsp-gen-interval 1\n"
    ));
    if let Some(password) = password {
        text.push_str(&format!(
            " area-password md5 {password} authenticate snp validate\n"
        ));
    }
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
