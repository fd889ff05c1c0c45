//! Trying what only a trial can tell, in a lab's world, which vanishes with it.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddrV4};

use linux_net::interface;
use linux_net::isolate::{self, IsolateError, IsolateOptions, Isolated};
use linux_net::link::{self, BridgeConfig, TrialKind, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use linux_net::timestamped_udp::TimestampedUdp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wire::MacAddr;

use super::{Ability, World};

/// A datagram of the machine to itself takes no time; this is for a machine that is busy.
const PATIENCE: Timespec = Timespec {
    tv_sec: 5,
    tv_nsec: 0,
};
const PORT: u16 = 4789;

type Tried = Result<(), String>;

/// Enters a lab's world and tries. `None` in the process that stays outside: the one inside has told.
///
/// Call it before any thread exists ([`isolate::enter`]).
#[must_use]
pub fn probe() -> Option<World> {
    match isolate::enter(IsolateOptions::default()) {
        Ok(Isolated::Parent(_)) => None,
        Ok(Isolated::Child(_)) => Some(inside()),
        Err(error) => Some(refused(&error)),
    }
}

fn refused(error: &IsolateError) -> World {
    let (why, cure) = match error {
        IsolateError::Refused { step, source, cure } => (format!("cannot {step}: {source}"), cure),
        IsolateError::NoCapabilities { cure, .. } => {
            let why = "a user namespace gives no rights over networks and mounts".to_owned();
            (why, cure)
        }
        other => (other.to_string(), &String::new()),
    };
    let cure = cure.clone();
    World::Refused { why, cure }
}

fn inside() -> World {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => World::Entered(runtime.block_on(abilities())),
        Err(error) => World::Entered([(Ability::Namespace, Err(error.to_string()))].into()),
    }
}

async fn abilities() -> BTreeMap<Ability, Tried> {
    let namespace = match Namespace::create("doctor").await {
        Ok(namespace) => namespace,
        Err(error) => return [(Ability::Namespace, Err(error.to_string()))].into(),
    };
    let here = &namespace;
    // The kinds below are plugged into the cable.
    let veth = veth(here).await;
    let kind = |kind| async move {
        let name = format!("{kind:?}").to_lowercase();
        said(link::try_kind(here, &name, kind, "near").await)
    };
    let bridge = link::add_bridge(here, "bridge", BridgeConfig::default()).await;
    [
        (Ability::Namespace, Ok(())),
        (Ability::Veth, veth),
        (Ability::Bridge, said(bridge)),
        (Ability::PacketRing, packet_ring(here).await),
        (Ability::ReceiveStamp, receive_stamp(here).await),
        (Ability::Netem, said(link::try_netem(here, "near").await)),
        (Ability::Vlan, kind(TrialKind::Vlan).await),
        (Ability::Gre, kind(TrialKind::GreTap).await),
        (Ability::Vxlan, kind(TrialKind::Vxlan).await),
        (Ability::Dummy, kind(TrialKind::Dummy).await),
        (Ability::Tun, tun()),
    ]
    .into()
}

async fn veth(namespace: &Namespace) -> Tried {
    let end = |name, last| VethEnd {
        namespace,
        name,
        mac: MacAddr::new([2, 0, 0, 0, 0, last]),
        mtu: 1500,
    };
    said(link::add_veth(end("near", 1), end("far", 2)).await)?;
    said(link::set_up(namespace, "near").await)?;
    said(link::set_up(namespace, "far").await)
}

async fn packet_ring(namespace: &Namespace) -> Tried {
    let open = || {
        let interface = interface::lookup("near")?;
        PacketRing::open(&interface, RingConfig::for_mtu(1500)).map(drop)
    };
    said(said(namespace.run(open).await)?)
}

async fn receive_stamp(namespace: &Namespace) -> Tried {
    said(link::set_up(namespace, "lo").await)?;
    said(namespace.run(datagram_to_itself).await)?
}

/// It has to come with a time. The kernel gives the loopback interface its address when it comes up.
fn datagram_to_itself() -> Tried {
    let here = SocketAddrV4::new(Ipv4Addr::LOCALHOST, PORT);
    let mut socket = said(TimestampedUdp::bind(here))?;
    said(socket.send_to(&[0; 8], here))?;
    let mut readable = [PollFd::new(&socket, PollFlags::IN)];
    said(poll(&mut readable, Some(&PATIENCE)))?;
    match said(socket.receive(&mut [0; 8]))? {
        Some(datagram) if datagram.received_realtime_ns.is_some() => Ok(()),
        Some(_) => Err("a datagram came without a time".to_owned()),
        None => Err("a datagram to itself did not arrive".to_owned()),
    }
}

fn said<T, E: ToString>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

fn tun() -> Tried {
    let file = "/dev/net/tun";
    let opened = OpenOptions::new().read(true).write(true).open(file);
    opened
        .map(drop)
        .map_err(|error| format!("cannot open {file}: {error}"))
}
