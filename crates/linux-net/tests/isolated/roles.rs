//! What the test binary does when it is started by itself.

use std::io::{Read, Write};
use std::process::ExitCode;

use linux_net::isolate::{self, IsolateOptions, Isolated, UserNamespace};
use linux_net::link::{self, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::privileges::system_calls;

use crate::support::{MAC_A, MAC_B};

/// The environment variable that names the role.
pub(crate) const VARIABLE: &str = "LINUX_NET_TEST_ROLE";
/// Runs the tests that need a lab, inside one.
pub(crate) const INSIDE: &str = "inside";
/// Isolates and ends.
pub(crate) const PROBE: &str = "probe";
/// Isolates as root without a user namespace and ends.
pub(crate) const PROBE_KEPT: &str = "probe-kept";
/// A lab that ends with code 7 when its input ends.
pub(crate) const CODE: &str = "code";
/// Leaves itself the system calls of an edge device, uses some, and makes another one.
pub(crate) const FORBIDDEN_CALL: &str = "forbidden-call";
/// A lab with namespaces, a cable and a process, that stays until it is ended.
pub(crate) const HOLD: &str = "hold";

pub(crate) fn play(role: &str) -> ExitCode {
    if role == INSIDE {
        return crate::run_inside();
    }
    if role == FORBIDDEN_CALL {
        return forbidden_call();
    }
    let user_namespace = if role == PROBE_KEPT {
        UserNamespace::Kept
    } else {
        UserNamespace::New
    };
    match isolate::enter(IsolateOptions { user_namespace }) {
        Ok(Isolated::Parent(status)) => ExitCode::from(isolate::exit_code(status)),
        Ok(Isolated::Child(report)) => act(role, &report),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(100)
        }
    }
}

fn act(role: &str, report: &isolate::Report) -> ExitCode {
    match role {
        PROBE | PROBE_KEPT => println!("{report:?}"),
        CODE => {
            let _ = std::io::stdin().read(&mut [0]);
            return ExitCode::from(7);
        }
        HOLD => hold(),
        other => {
            eprintln!("no such role: {other}");
            return ExitCode::from(101);
        }
    }
    ExitCode::SUCCESS
}

/// Ends with 102 where there is no seccomp, with 0 only if the call was made.
fn forbidden_call() -> ExitCode {
    if let Err(error) = system_calls::restrict() {
        eprintln!("{error}");
        return ExitCode::from(102);
    }
    let thread = std::thread::spawn(|| vec![7_u8; 1 << 20].len());
    println!("{:?} {}", thread.join(), system_calls::mode());
    println!("{}", std::fs::read("/proc/self/status").is_ok());
    let _ = std::net::UdpSocket::bind("127.0.0.1:0");
    ExitCode::SUCCESS
}

fn hold() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let a = Namespace::create("hold-a").await.unwrap();
        let b = Namespace::create("hold-b").await.unwrap();
        let end = |namespace, name, mac| VethEnd {
            namespace,
            name,
            mac,
            mtu: 1500,
        };
        link::add_veth(end(&a, "a0", MAC_A), end(&b, "b0", MAC_B))
            .await
            .unwrap();
        let mut command = tokio::process::Command::new("sleep");
        command.arg("1000");
        let _child = a.start(command).await.unwrap();
        println!("{} {}", a.inode(), b.inode());
        std::io::stdout().flush().unwrap();
        std::future::pending::<()>().await;
    });
}
