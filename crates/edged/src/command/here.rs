//! A configuration against this machine: what would keep a device from running, or from carrying.

use edge_api::{EdgeConfig, IsisCircuitConfig, TUNNEL_OVERHEAD};
use linux_net::Error;
use linux_net::interface::{self, Interface};
use linux_net::privileges::capabilities;
use linux_net::route::Underlay;
use wire::VlanId;

use crate::isis_circuits::NEEDED_MTU;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// A device would not start, or not carry its site's frames.
    pub(super) errors: Vec<String>,
    /// It would start, and wait for this to change.
    pub(super) warnings: Vec<String>,
}

/// Looks at this machine, in the network namespace of the caller. Changes nothing.
pub(super) fn look(config: &EdgeConfig) -> Findings {
    let mut found = Findings::default();
    if !capabilities::has_net_raw() {
        found.errors.push(
            "packet sockets need CAP_NET_RAW in this network namespace: run it as root, or give it \
             the capability (`setcap cap_net_raw+ep`, or AmbientCapabilities= of systemd)"
                .to_owned(),
        );
    }
    let key = format!("public.interface = `{}`", config.public.interface);
    let uplink = found.interface(&key, &config.public.interface);
    for port in &config.site_ports {
        let key = format!(
            "site_port `{}`: interface = `{}`",
            port.name, port.interface
        );
        let is_extended = |vlan: VlanId| !config.local_vlans.contains(vlan);
        // What stays in the site may be as large as the site likes.
        let goes_out = port.vlans.iter().any(is_extended);
        let port = found.interface(&key, &port.interface);
        if let (Some(port), Some(uplink), true) = (port, &uplink, goes_out) {
            found.compare(&port, uplink);
        }
    }
    for IsisCircuitConfig {
        name, interface, ..
    } in &config.isis_circuits
    {
        let key = format!("isis_circuit `{name}`: interface = `{interface}`");
        if let Some(circuit) = found.interface(&key, interface) {
            found.carries_lsps(&circuit);
        }
    }
    match Underlay::open() {
        Ok(underlay) => found.public_network(config, underlay),
        Err(error) => found.errors.push(error.to_string()),
    }
    found
}

impl Findings {
    fn interface(&mut self, key: &str, name: &str) -> Option<Interface> {
        match interface::lookup(name) {
            Ok(found) => {
                if matches!(interface::is_running(name), Ok(false)) {
                    self.warnings.push(format!(
                        "{key}: it is down or without carrier: `ip link set {name} up`"
                    ));
                }
                Some(found)
            }
            Err(error) => {
                self.errors.push(format!("{key}: {error}"));
                None
            }
        }
    }

    fn carries_lsps(&mut self, circuit: &Interface) {
        let (name, has) = (&circuit.name, circuit.mtu);
        if has < NEEDED_MTU {
            self.errors.push(format!(
                "LSPs need an MTU of {NEEDED_MTU} on {name}, which has {has}: \
                 `ip link set {name} mtu {NEEDED_MTU}`"
            ));
        }
    }

    fn compare(&mut self, port: &Interface, uplink: &Interface) {
        let needed = port.mtu + TUNNEL_OVERHEAD;
        if needed > uplink.mtu {
            let (uplink, has) = (&uplink.name, uplink.mtu);
            self.errors.push(format!(
                "frames of {} (MTU {}) need an MTU of {needed} on {uplink}, which has {has}: \
                 `ip link set {uplink} mtu {needed}`, or lower the site's to {}",
                port.name,
                port.mtu,
                has.saturating_sub(TUNNEL_OVERHEAD)
            ));
        }
    }

    fn public_network(&mut self, config: &EdgeConfig, mut underlay: Underlay) {
        let own = config.public.address;
        if !underlay.is_own(own) {
            let name = &config.public.interface;
            self.errors.push(format!(
                "public.address = `{own}`: no address of this machine: \
                 `ip address add {own}/PREFIX dev {name}`"
            ));
        }
        for link in &config.evi_links {
            match underlay.next_hop(link.peer) {
                Ok(_) => {}
                Err(error @ Error::NoRoute(_)) => {
                    self.warnings
                        .push(format!("evi_link `{}`: {error}", link.name));
                }
                Err(error) => self
                    .errors
                    .push(format!("evi_link `{}`: {error}", link.name)),
            }
        }
    }
}
