//! The tables of which there are many: VLANs, sites, hosts.

use std::net::Ipv4Addr;

use edge_api::{Mode, TimerProfile};
use wire::MacAddr;

use super::read::{ATTACHMENT, PREFIX, SITE_IGP, TIMERS, timers};
use super::reader::TableReader;
use super::{Host, Site, SiteIgp, Vlan};
use crate::{AttachmentKind, Ipv4Prefix, Role};

pub(super) fn vlan(table: &mut TableReader<'_, '_>) -> Vlan {
    table.require(&[("id", "id = 100"), ("prefix", "prefix = \"10.100.0.0/24\"")]);
    Vlan {
        id: table.vlan_id("id"),
        prefix: table.parse("prefix", PREFIX, str::parse::<Ipv4Prefix>),
        extended: table.flag("extended"),
    }
}

pub(super) fn site(table: &mut TableReader<'_, '_>) -> Site {
    table.require(&[("name", "name = \"a\"")]);
    Site {
        name: table.text("name"),
        count: table.number("count"),
        attachment: table.word("attachment", ATTACHMENT, AttachmentKind::ALL),
        mode: table.word("mode", "a mode", Mode::ALL),
        igp: table
            .table("igp", "[site.igp]", SITE_IGP)
            .map(site_igp)
            .unwrap_or_default(),
    }
}

pub(super) fn host(table: &mut TableReader<'_, '_>) -> Host {
    table.require(&[
        ("name", "name = \"client-a\""),
        ("role", "role = \"observer\""),
        ("site", "site = \"a\""),
        ("vlan", "vlan = 100"),
    ]);
    let address_cure = |text: &str| {
        text.parse::<Ipv4Addr>()
            .map_err(|_| "write four numbers without a length, as in 10.100.0.1")
    };
    let mac_cure = |text: &str| {
        text.parse::<MacAddr>()
            .map_err(|_| "write six hexadecimal bytes, as in 02:00:00:00:00:01")
    };
    Host {
        name: table.text("name"),
        role: table.word("role", "a role", Role::ALL),
        site: table.text("site"),
        vlan: table.vlan_id("vlan"),
        address: table.parse("address", "an IPv4 address", address_cure),
        mac: table.parse("mac", "a MAC address", mac_cure),
        count: table.number("count"),
        is_static: table.flag("static"),
    }
}

fn site_igp(mut table: TableReader<'_, '_>) -> SiteIgp {
    SiteIgp {
        profile: table.word("profile", "an IGP profile", &TimerProfile::ALL[..]),
        timers: table
            .table("timers", "[site.igp.timers]", TIMERS)
            .and_then(timers),
    }
}
