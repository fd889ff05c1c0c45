//! A lab seen from outside: it passes its status on, takes signals, and leaves nothing.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use libtest_mimic::Trial;

use crate::roles;
use crate::support::{eventually, own_binary};

pub(crate) fn trials() -> Vec<Trial> {
    let test = |name: &str, run: fn()| {
        Trial::test(name, move || {
            run();
            Ok(())
        })
    };
    let mut trials = vec![
        test("the_exit_code_is_passed_on", || {
            let mut lab = start(roles::CODE);
            drop(lab.stdin.take());
            assert_eq!(lab.wait().unwrap().code(), Some(7));
        }),
        test("killing_the_caller_leaves_nothing", || {
            let status = kill_one(|tree| tree[0], libc::SIGKILL);
            assert_eq!(status.signal(), Some(libc::SIGKILL));
        }),
        test("killing_init_leaves_nothing", || {
            let status = kill_one(|tree| tree[1], libc::SIGKILL);
            assert_eq!(status.code(), Some(137));
        }),
        test("killing_the_lab_leaves_nothing", || {
            let status = kill_one(|tree| tree[2], libc::SIGKILL);
            assert_eq!(status.code(), Some(137));
        }),
        test("signals_to_the_caller_end_the_lab", || {
            for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
                let status = kill_one(|tree| tree[0], signal);
                assert_eq!(status.code(), Some(128 + signal));
            }
        }),
        test("a_forbidden_system_call_ends_the_process_by_name", || {
            let role = Command::new(own_binary())
                .env(roles::VARIABLE, roles::FORBIDDEN_CALL)
                .output()
                .unwrap();
            let said = String::from_utf8(role.stderr).unwrap();
            if role.status.code() == Some(102) {
                assert!(said.starts_with("seccomp: "), "{said}");
                return;
            }
            // What an edge device does goes on; files can be read; a socket is the end.
            let did = String::from_utf8(role.stdout).unwrap();
            assert_eq!(did, "Ok(1048576) 2\ntrue\n");
            assert_eq!(role.status.signal(), Some(libc::SIGSYS));
            let call = format!("system call {} is not", libc::SYS_socket);
            assert!(said.contains(&call), "{said}");
        }),
    ];
    if rustix::process::geteuid().is_root() {
        trials.push(test("root_may_keep_its_user_namespace", || {
            let mut lab = start(roles::PROBE_KEPT);
            assert!(lab.wait().unwrap().success());
        }));
    }
    trials
}

/// Signals end it, even where whoever started the tests has had them ignored (`nohup`, a script's `&`).
fn start(role: &str) -> Child {
    Command::new("env")
        .arg("--default-signal")
        .arg(own_binary())
        .env(roles::VARIABLE, role)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ends one process of a lab; then nothing of the lab is left. The status of the caller.
fn kill_one(choose: fn(&[i32]) -> i32, signal: i32) -> ExitStatus {
    let mounts = mounts();
    let mut lab = start(roles::HOLD);
    let mut line = String::new();
    let mut output = BufReader::new(lab.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let made: BTreeSet<u64> = line
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    assert_eq!(made.len(), 2, "the lab did not come up: {line:?}");
    let tree = descendants(i32::try_from(lab.id()).unwrap());
    assert!(tree.len() >= 4, "caller, init, lab, tool: {tree:?}");
    let _broom = Broom(tree[1]);
    let seen = network_namespaces();
    assert!(!made.is_disjoint(&seen), "the judge does not see the lab");
    let of_lab: BTreeSet<u64> = tree.iter().filter_map(|pid| inode(*pid)).collect();
    let own = inode(i32::try_from(std::process::id()).unwrap()).unwrap();
    assert!(!of_lab.contains(&own), "the lab is not isolated");

    let target = rustix::process::Pid::from_raw(choose(&tree)).unwrap();
    let signal = rustix::process::Signal::from_named_raw(signal).unwrap();
    rustix::process::kill_process(target, signal).unwrap();
    let status = lab.wait().unwrap();

    eventually("no process of the lab is left", || {
        tree.iter().all(|pid| !is_running(*pid))
    });
    eventually("no network namespace of the lab is left", || {
        let left = network_namespaces();
        left.is_disjoint(&made) && left.is_disjoint(&of_lab)
    });
    assert_eq!(self::mounts(), mounts);
    status
}

/// Ends the lab of a test that has failed, by its init.
struct Broom(i32);

impl Drop for Broom {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(init) = rustix::process::Pid::from_raw(self.0)
        {
            let _ = rustix::process::kill_process(init, rustix::process::Signal::KILL);
        }
    }
}

/// A process and all below it, parents first.
fn descendants(root: i32) -> Vec<i32> {
    let parents: Vec<(i32, i32)> = processes()
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(pid) = tree.get(next).copied() {
        tree.extend(parents.iter().filter(|(_, p)| *p == pid).map(|(c, _)| *c));
        next += 1;
    }
    tree
}

fn processes() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// The fields of `/proc/PID/stat` behind the name: state, parent, ...
fn stat(pid: i32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn parent(pid: i32) -> Option<i32> {
    stat(pid)?.get(1)?.parse().ok()
}

fn is_running(pid: i32) -> bool {
    stat(pid).is_some_and(|fields| fields[0] != "Z" && fields[0] != "X")
}

fn inode(pid: i32) -> Option<u64> {
    Some(fs::metadata(format!("/proc/{pid}/ns/net")).ok()?.ino())
}

/// Of all threads: a namespace may be held by one thread only.
fn network_namespaces() -> BTreeSet<u64> {
    processes()
        .filter_map(|pid| fs::read_dir(format!("/proc/{pid}/task")).ok())
        .flatten()
        .filter_map(|task| Some(fs::metadata(task.ok()?.path().join("ns/net")).ok()?.ino()))
        .collect()
}

fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}
