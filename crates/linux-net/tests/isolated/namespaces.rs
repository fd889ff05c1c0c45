//! Namespaces, their worker threads and the processes in them.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use libtest_mimic::Trial;
use linux_net::namespace::Namespace;
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{PATIENCE, eventually, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("work_runs_inside_and_the_caller_stays_outside", inside),
        trial("a_panic_inside_is_caught_and_named", panics),
        trial("threads_and_processes_start_inside", children),
        trial("processes_end_with_their_namespace", processes_end),
        trial("names_are_found_taken_and_removed", names),
        trial("orphans_are_reaped", orphans),
    ]
}

fn own_inode() -> u64 {
    std::fs::metadata("/proc/thread-self/ns/net").unwrap().ino()
}

async fn inside() {
    let outer = own_inode();
    let namespace = Namespace::create("inside").await.unwrap();
    assert_ne!(namespace.inode(), outer);
    assert_eq!(namespace.run(own_inode).await.unwrap(), namespace.inode());
    assert_eq!(own_inode(), outer);
}

async fn panics() {
    let namespace = Namespace::create("panics").await.unwrap();
    let panicked = namespace
        .run(|| -> u32 { panic!("on {}", "purpose") })
        .await
        .unwrap_err();
    assert_eq!(panicked.namespace, "panics");
    assert_eq!(panicked.message, "on purpose");
    assert_eq!(namespace.run(|| 5).await, Ok(5));
}

async fn children() {
    let namespace = Namespace::create("children").await.unwrap();
    let thread = namespace.spawn_thread("child", own_inode).await.unwrap();
    assert_eq!(thread.join().unwrap(), namespace.inode());
    let mut command = Command::new("readlink");
    command
        .arg("/proc/self/ns/net")
        .stdout(std::process::Stdio::piped());
    let child = namespace.start(command).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.trim(), format!("net:[{}]", namespace.inode()));
    let missing = namespace.start(Command::new("/no/such/program")).await;
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("/no/such/program")
    );
}

async fn processes_end() {
    let namespace = Namespace::create("processes").await.unwrap();
    let mut command = Command::new("sleep");
    command.arg("1000");
    let mut child = namespace.start(command).await.unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    drop(namespace);
    let status = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert_eq!(status.signal(), Some(libc::SIGKILL));
}

async fn names() {
    let namespace = Namespace::create("names").await.unwrap();
    assert!(Namespace::create("names").await.is_err());
    let again = Namespace::open("names").await.unwrap();
    assert_eq!(again.inode(), namespace.inode());
    drop(again);
    namespace.remove().unwrap();
    namespace.remove().unwrap();
    assert!(Namespace::open("names").await.is_err());
    for bad in ["", "a/b", ".", "..", ".hidden"] {
        assert!(Namespace::create(bad).await.is_err(), "{bad}");
    }
    // The worker is still inside, and another of the same name may come.
    assert_eq!(namespace.run(own_inode).await.unwrap(), namespace.inode());
    let next = Namespace::create("names").await.unwrap();
    assert_ne!(next.inode(), namespace.inode());
}

/// A grandchild whose parent has gone falls to pid 1, which reaps it.
async fn orphans() {
    let script = "sleep 0.01 & echo $!";
    let output = timeout(
        Duration::from_secs(10),
        Command::new("sh").args(["-c", script]).output(),
    )
    .await
    .unwrap()
    .unwrap();
    let pid: i32 = String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    eventually("the orphan is gone, and no zombie", || {
        !std::path::Path::new(&format!("/proc/{pid}")).exists()
    });
}
