//! Sites by hand: one namespace for each edge device, a cable to a host's end, and a bridge that is the
//! public network.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::Context;
use linux_net::interface;
use linux_net::link::{self, BridgeConfig, Condition, VethEnd};
use linux_net::namespace::Namespace;
use linux_net::packet_socket::{PacketRing, RingConfig};
use linux_net::{address, sysctl};
use wire::MacAddr;

const UNDERLAY_MTU: u32 = 1600;
const SITE_MTU: u32 = 1500;
const LIMIT: Duration = Duration::from_secs(10);

/// The public network.
pub(crate) struct Wan(Namespace);

/// A site: the edge device's namespace, and the host's end of the cable to it.
pub(crate) struct Site {
    pub(crate) number: u8,
    pub(crate) namespace: Namespace,
    host: Namespace,
}

/// The underlay address of a site's edge device.
pub(crate) const fn address_of(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 18, 0, number)
}

/// The address of a site's host.
pub(crate) const fn host_mac(number: u8) -> MacAddr {
    MacAddr::new([2, 0, 0, 0, 1, number])
}

const fn mac(kind: u8, number: u8) -> MacAddr {
    MacAddr::new([2, 0, 0, kind, 0, number])
}

async fn quiet(name: &str) -> anyhow::Result<Namespace> {
    let namespace = Namespace::create(name).await?;
    for scope in ["all", "default"] {
        let path = format!("net/ipv6/conf/{scope}/disable_ipv6");
        // A kernel without IPv6 is quiet anyway.
        let _ = sysctl::write(&namespace, &path, "1").await;
    }
    Ok(namespace)
}

impl Wan {
    pub(crate) async fn build() -> anyhow::Result<Self> {
        let wan = quiet("wan").await?;
        let config = BridgeConfig {
            mtu: UNDERLAY_MTU,
            ..BridgeConfig::default()
        };
        link::add_bridge(&wan, "br0", config).await?;
        link::set_up(&wan, "br0").await?;
        Ok(Self(wan))
    }

    /// A site whose edge device has the interfaces `uplink` and `port1`.
    pub(crate) async fn site(&self, number: u8) -> anyhow::Result<Site> {
        let namespace = quiet(&format!("ed{number}")).await?;
        let host = quiet(&format!("host{number}")).await?;
        let port = format!("p{number}");
        let end = |namespace, name, mac, mtu| VethEnd {
            namespace,
            name,
            mac,
            mtu,
        };
        link::add_veth(
            end(&namespace, "uplink", mac(1, number), UNDERLAY_MTU),
            end(&self.0, &port, mac(2, number), UNDERLAY_MTU),
        )
        .await?;
        link::add_veth(
            end(&namespace, "port1", mac(3, number), SITE_MTU),
            end(&host, "eth0", host_mac(number), SITE_MTU),
        )
        .await?;
        link::set_master(&self.0, &port, Some("br0")).await?;
        address::add(&namespace, "uplink", address_of(number), 24).await?;
        for (of, name) in [
            (&namespace, "uplink"),
            (&namespace, "port1"),
            (&host, "eth0"),
            (&self.0, port.as_str()),
        ] {
            link::set_up(of, name).await?;
        }
        link::wait_until(&namespace, "uplink", Condition::Carrier, LIMIT).await?;
        link::wait_until(&self.0, &port, Condition::Forwarding, LIMIT).await?;
        link::wait_until(&host, "eth0", Condition::Carrier, LIMIT).await?;
        Ok(Site {
            number,
            namespace,
            host,
        })
    }
}

impl Site {
    /// The host's cable, to send and receive by.
    pub(crate) async fn cable(&self) -> anyhow::Result<PacketRing> {
        let open = || {
            let rings = RingConfig::for_mtu(SITE_MTU);
            PacketRing::open(&interface::lookup("eth0")?, rings)
        };
        let ring = self.host.run(open).await?;
        ring.context("the host's cable")
    }
}
