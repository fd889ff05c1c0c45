//! The tables of a topology file and their keys: the one place that lists them.

use std::net::Ipv4Addr;

use edge_api::{AnnouncementMessage, Mode, TimerOverrides, TimerProfile};
use toml::Spanned;
use toml::de::DeTable;
use wire::MacAddr;

use super::reader::TableReader;
use super::schema::Schema;
use super::settings::Setting;
use super::{
    Field, Host, Igp, MAX_TEXT, Mechanism, Migration, Probes, Site, SiteIgp, SiteNetwork, Switch,
    Topology, Totals, Underlay, Vlan,
};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Source;
use crate::{
    Announce, AttachmentKind, Ipv4Prefix, Mesh, MigrationStyle, ProbeDirection, ProbedVms, Role,
};

/// Every table with its keys; the first is the top level.
pub(super) const TABLES: &[(&str, &[&str])] = &[
    ("a topology", TOP),
    ("[underlay]", UNDERLAY),
    ("[site_network]", SITE_NETWORK),
    ("[igp]", IGP),
    ("[igp.timers]", TIMERS),
    ("[mechanism]", MECHANISM),
    ("[switch]", SWITCH),
    ("[[vlan]]", VLAN),
    ("[[site]]", SITE),
    ("[site.igp]", SITE_IGP),
    ("[site.igp.timers]", TIMERS),
    ("[[host]]", HOST),
    ("[migration]", MIGRATION),
    ("[probes]", PROBES),
];

const TOP: &[&str] = &[
    "name",
    "description",
    "seed",
    "underlay",
    "site_network",
    "igp",
    "mechanism",
    "switch",
    "vlan",
    "site",
    "host",
    "migration",
    "probes",
];
const UNDERLAY: &[&str] = &["mtu", "prefix"];
const SITE_NETWORK: &[&str] = &["mtu", "attachment"];
const IGP: &[&str] = &["profile", "area", "authentication", "mesh", "hub", "timers"];
const TIMERS: &[&str] = &[
    "hello_interval",
    "hold_multiplier",
    "lsp_generation",
    "lsp_pacing",
    "retransmit_interval",
    "csnp_interval",
    "psnp_interval",
    "max_age",
    "refresh_interval",
    "zero_age",
    "jitter_percent",
];
const MECHANISM: &[&str] = &[
    "mode",
    "flood_hold",
    "announcement_repeats",
    "announcement_interval",
    "announcement_message",
    "arp_suppression",
    "arp_ageing",
    "dampening_moves",
    "dampening_window",
    "freeze_time",
    "mac_ageing",
    "mac_limit",
];
const SWITCH: &[&str] = &["ageing"];
const VLAN: &[&str] = &["id", "prefix", "extended"];
const SITE: &[&str] = &["name", "count", "attachment", "mode", "igp"];
const SITE_IGP: &[&str] = &["profile", "timers"];
const HOST: &[&str] = &[
    "name", "count", "role", "site", "vlan", "address", "mac", "static",
];
const MIGRATION: &[&str] = &["vm", "to", "style", "announce", "downtime"];
const PROBES: &[&str] = &[
    "rate",
    "vms",
    "direction",
    "payload",
    "baseline",
    "settle",
    "recovery_limit",
];

const PREFIX: &str = "an IPv4 prefix";
const ATTACHMENT: &str = "an attachment";

/// Reads a whole file, with settings in place of what it says.
pub(super) fn document(source: &Source<'_>, diagnostics: &mut Diagnostics) -> Option<Topology> {
    let text = source.file_text();
    if text.len() > MAX_TEXT {
        let message = format!(
            "the file has {} bytes: at most {MAX_TEXT} are read",
            text.len()
        );
        let cure = "is it a topology at all?";
        diagnostics.push(Diagnostic::nowhere(Code::FileTooLarge, message).help(cure));
        return None;
    }
    let settings = Setting::all(source, diagnostics);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut document = document.into_inner();
    if errors.is_empty() {
        let schema = describe();
        for setting in &settings {
            if let Err(diagnostic) = setting.apply(&mut document, &schema) {
                diagnostics.push(*diagnostic);
            }
        }
        let (title, keys) = TABLES[0];
        let mut top = TableReader::new(&document, None, title, keys, diagnostics);
        let mut topology = topology(&mut top);
        topology.expand(diagnostics);
        return Some(topology);
    }
    // What the parser recovered is its guess: to check the guess would report what nobody wrote.
    for error in errors {
        diagnostics.push(match error.span() {
            Some(span) => Diagnostic::new(Code::Syntax, span, error.message()),
            None => Diagnostic::nowhere(Code::Syntax, error.message()),
        });
    }
    None
}

/// What a whole file may hold: what is asked for when one is read.
pub(super) fn describe() -> Schema {
    let (title, _) = TABLES[0];
    let mut schema = Schema::table(title);
    let mut nothing = Diagnostics::default();
    topology(&mut TableReader::describing(
        title,
        &mut schema,
        &mut nothing,
    ));
    schema
}

fn topology(top: &mut TableReader<'_, '_>) -> Topology {
    Topology {
        name: top.text("name"),
        description: top.text("description"),
        seed: top.number("seed"),
        underlay: top
            .table("underlay", "[underlay]", UNDERLAY)
            .map(underlay)
            .unwrap_or_default(),
        site_network: (top.table("site_network", "[site_network]", SITE_NETWORK))
            .map(|mut table| SiteNetwork {
                mtu: table.number("mtu"),
                attachment: table.word("attachment", ATTACHMENT, AttachmentKind::ALL),
            })
            .unwrap_or_default(),
        igp: top.table("igp", "[igp]", IGP).map(igp).unwrap_or_default(),
        mechanism: (top.table("mechanism", "[mechanism]", MECHANISM))
            .map(mechanism)
            .unwrap_or_default(),
        switch: (top.table("switch", "[switch]", SWITCH))
            .map(|mut table| Switch {
                ageing: table.duration("ageing"),
            })
            .unwrap_or_default(),
        vlans: top.tables("vlan", "[[vlan]]", VLAN, vlan),
        sites: top.tables("site", "[[site]]", SITE, site),
        hosts: top.tables("host", "[[host]]", HOST, host),
        migration: migration(top),
        probes: top
            .table("probes", "[probes]", PROBES)
            .map(probes)
            .unwrap_or_default(),
        totals: Totals::default(),
    }
}

fn underlay(mut table: TableReader<'_, '_>) -> Underlay {
    Underlay {
        mtu: table.number("mtu"),
        prefix: table.parse("prefix", PREFIX, str::parse::<Ipv4Prefix>),
    }
}

fn igp(mut table: TableReader<'_, '_>) -> Igp {
    Igp {
        profile: table.word("profile", "an IGP profile", &TimerProfile::ALL[..]),
        area: table.parse("area", "an area address", str::parse),
        authentication: table.parse("authentication", "a key", str::parse),
        mesh: table.word("mesh", "a mesh", Mesh::ALL),
        hub: table.text("hub"),
        timers: table
            .table("timers", "[igp.timers]", TIMERS)
            .and_then(timers),
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

/// The words of the nested tables are IS-IS's own: its types read them.
fn timers(mut table: TableReader<'_, '_>) -> Field<TimerOverrides> {
    let mut duration = |key| table.duration(key).map(Spanned::into_inner);
    let mut timers = TimerOverrides {
        hello_interval: duration("hello_interval"),
        retransmit_interval: duration("retransmit_interval"),
        csnp_interval: duration("csnp_interval"),
        psnp_interval: duration("psnp_interval"),
        max_age: duration("max_age"),
        refresh_interval: duration("refresh_interval"),
        zero_age: duration("zero_age"),
        ..TimerOverrides::default()
    };
    timers.hold_multiplier = table.value("hold_multiplier");
    timers.lsp_generation = table.value("lsp_generation");
    timers.lsp_pacing = table.value("lsp_pacing");
    timers.jitter_percent = table.value("jitter_percent");
    table.place().map(|place| Spanned::new(place, timers))
}

fn mechanism(mut table: TableReader<'_, '_>) -> Mechanism {
    Mechanism {
        mode: table.word("mode", "a mode", Mode::ALL),
        flood_hold: table.duration("flood_hold"),
        announcement_repeats: table.number("announcement_repeats"),
        announcement_interval: table.duration("announcement_interval"),
        announcement_message: table.word(
            "announcement_message",
            "an announcement",
            AnnouncementMessage::ALL,
        ),
        arp_suppression: table.flag("arp_suppression"),
        arp_ageing: table.duration("arp_ageing"),
        dampening_moves: table.number("dampening_moves"),
        dampening_window: table.duration("dampening_window"),
        freeze_time: table.duration("freeze_time"),
        mac_ageing: table.duration("mac_ageing"),
        mac_limit: table.number("mac_limit"),
    }
}

fn vlan(table: &mut TableReader<'_, '_>) -> Vlan {
    table.require(&[("id", "id = 100"), ("prefix", "prefix = \"10.100.0.0/24\"")]);
    Vlan {
        id: table.vlan_id("id"),
        prefix: table.parse("prefix", PREFIX, str::parse::<Ipv4Prefix>),
        extended: table.flag("extended"),
    }
}

fn site(table: &mut TableReader<'_, '_>) -> Site {
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

fn host(table: &mut TableReader<'_, '_>) -> Host {
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

fn migration(top: &mut TableReader<'_, '_>) -> Option<Migration> {
    let mut table = top.table("migration", "[migration]", MIGRATION)?;
    // Either both or none: how VMs move can be said without a move that is measured.
    table.require_together(&[("vm", "vm = \"vm1\""), ("to", "to = \"c\"")]);
    Some(Migration {
        vm: table.text("vm"),
        to: table.text("to"),
        style: table.word("style", "a migration style", MigrationStyle::ALL),
        announce: table.word("announce", "an announcement", Announce::ALL),
        downtime: table.duration("downtime"),
    })
}

fn probes(mut table: TableReader<'_, '_>) -> Probes {
    Probes {
        rate: table.number("rate"),
        vms: table.word("vms", "a choice of VMs", ProbedVms::ALL),
        direction: table.word("direction", "a direction", ProbeDirection::ALL),
        payload: table.number("payload"),
        baseline: table.duration("baseline"),
        settle: table.duration("settle"),
        recovery_limit: table.duration("recovery_limit"),
    }
}
