//! Numbers and durations: defaults, ranges, and what must fit into what.

use core::fmt::{self, Display};
use core::ops::RangeInclusive;
use std::time::Duration;

use edge_api::{IgpConfig, TUNNEL_OVERHEAD};
use humantime_serde::re::humantime;
use toml::Spanned;

use super::{Probes, Underlay};
use crate::Ipv4Prefix;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::raw::{self, Field};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// IPv4 hosts must take packets of 576 bytes (RFC 791 s3.1); veth takes up to 65535.
const MTU: RangeInclusive<u64> = 576..=65_535;
const DEFAULT_UNDERLAY_MTU: u64 = 1600;
const DEFAULT_SITE_MTU: u64 = 1500;
/// Greatest LSP (ISO 10589 s7.3.4.2, ReceiveLSPBufferSize).
const LSP_BUFFER: u32 = 1492;
/// What an LSP gets on its way through the tunnel: IPv4 20, GRE 4, Ethernet 14, LLC 3.
const LSP_OVERHEAD: u32 = 41;
/// Header of a probe, before whatever fills the payload.
const PROBE_HEADER: u64 = 24;
/// IPv4 20, UDP 8.
const UDP_OVERHEAD: u32 = 28;

/// A number or a duration, and how to write it for people.
pub(super) struct Shown<T>(T);

impl Display for Shown<u64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Display for Shown<Duration> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

/// The field's value, or the default; reports it when it is out of `range`.
pub(super) fn ranged<T>(
    key: &str,
    field: &Field<T>,
    default: T,
    range: RangeInclusive<T>,
    diagnostics: &mut Diagnostics,
) -> T
where
    T: Copy + PartialOrd,
    Shown<T>: Display,
{
    let Some(field) = field else { return default };
    let value = *field.get_ref();
    if range.contains(&value) {
        return value;
    }
    let (least, most) = (Shown(*range.start()), Shown(*range.end()));
    let label = if value < *range.start() {
        "too small"
    } else {
        "too great"
    };
    let message = format!("{key} = {} is out of range", Shown(value));
    let place = Diagnostic::new(Code::OutOfRange, field.span(), message).label(label);
    diagnostics.push(place.help(format!(
        "use {least} to {most}; the default is {}",
        Shown(default)
    )));
    default
}

/// A number whose range keeps it small.
pub(super) fn small(value: u64) -> u32 {
    u32::try_from(value).expect("the range of every such key ends below 2^32")
}

/// `[underlay]` and `[site_network]`: the underlay, and the MTU of the sites.
pub(super) fn networks(raw: &raw::Topology, diagnostics: &mut Diagnostics) -> (Underlay, u32) {
    let (of_underlay, of_site) = (&raw.underlay.mtu, &raw.site_network.mtu);
    let default = DEFAULT_UNDERLAY_MTU;
    let mtu = small(ranged(
        "underlay.mtu",
        of_underlay,
        default,
        MTU,
        diagnostics,
    ));
    let default = DEFAULT_SITE_MTU;
    let site_mtu = small(ranged(
        "site_network.mtu",
        of_site,
        default,
        MTU,
        diagnostics,
    ));
    if mtu < site_mtu + TUNNEL_OVERHEAD {
        // At the line that is there: the other MTU may be the default.
        let line = of_underlay.as_ref().or(of_site.as_ref());
        diagnostics.push(too_small(mtu, site_mtu, line));
    } else {
        lsp_fits(mtu, of_underlay, diagnostics);
    }
    let default = Ipv4Prefix::containing([198, 18, 0, 0].into(), 16);
    let given = raw.underlay.prefix.as_ref().map(|prefix| *prefix.get_ref());
    let prefix = given.or(default).expect("16 is the length of a prefix");
    (Underlay { mtu, prefix }, site_mtu)
}

fn too_small(mtu: u32, site_mtu: u32, line: Option<&Spanned<u64>>) -> Diagnostic {
    let message =
        format!("an underlay MTU of {mtu} is too small for sites with an MTU of {site_mtu}");
    let place = match line {
        Some(field) => Diagnostic::new(Code::UnderlayMtu, field.span(), message),
        None => Diagnostic::nowhere(Code::UnderlayMtu, message),
    };
    let needed = site_mtu + TUNNEL_OVERHEAD;
    let smaller = mtu
        .checked_sub(TUNNEL_OVERHEAD)
        .filter(|mtu| MTU.contains(&u64::from(*mtu)));
    let or_smaller = match smaller {
        Some(fits) => format!(", or site_network.mtu to {fits} or less"),
        None => String::new(),
    };
    place
        .label(format!(
            "{site_mtu} + {TUNNEL_OVERHEAD} bytes of tunnel = {needed}"
        ))
        .help(format!("set underlay.mtu to {needed} or more{or_smaller}"))
}

fn lsp_fits(underlay_mtu: u32, field: &Field<u64>, diagnostics: &mut Diagnostics) {
    let needed = LSP_BUFFER + LSP_OVERHEAD;
    if let Some(field) = field.as_ref().filter(|_| underlay_mtu < needed) {
        let message = "a full-size LSP does not fit into the underlay's MTU";
        let place = Diagnostic::new(Code::LspMtu, field.span(), message);
        let label = format!("{LSP_BUFFER} + {LSP_OVERHEAD} bytes of tunnel = {needed}");
        let cure = format!("set underlay.mtu to {needed} or more, or keep the MACs few");
        diagnostics.push(place.label(label).help(cure));
    }
}

/// `[igp]`.
pub(super) fn igp(raw: &raw::Igp, diagnostics: &mut Diagnostics) -> IgpConfig {
    let default = IgpConfig::default();
    let igp = IgpConfig {
        profile: raw
            .profile
            .as_ref()
            .map_or(default.profile, |profile| *profile.get_ref()),
        area: raw
            .area
            .as_ref()
            .map_or(default.area, |area| area.get_ref().to_string()),
        timers: raw
            .timers
            .as_ref()
            .map_or(default.timers, |timers| *timers.get_ref()),
        authentication: raw.authentication.as_ref().map(|key| key.get_ref().clone()),
    };
    if let (Err(error), Some(timers)) = (igp.effective_timers(), &raw.timers) {
        let message = format!(
            "these timers can not work over the profile `{}`",
            igp.profile
        );
        let place = Diagnostic::new(Code::BadTimers, timers.span(), message);
        diagnostics.push(place.label("with these").help(error.to_string()));
    }
    igp
}

/// Ageing of a table of MACs; 300 s is the default of IEEE 802.1Q-2018 table 8-6.
pub(super) fn ageing(
    key: &str,
    field: &Field<Duration>,
    diagnostics: &mut Diagnostics,
) -> Duration {
    ranged(key, field, 300 * SECOND, SECOND..=DAY, diagnostics)
}

/// `migration.downtime`.
pub(super) fn downtime(field: &Field<Duration>, diagnostics: &mut Diagnostics) -> Duration {
    ranged(
        "migration.downtime",
        field,
        Duration::ZERO,
        Duration::ZERO..=MINUTE,
        diagnostics,
    )
}

/// `[probes]`.
pub(super) fn probes(raw: &raw::Probes, site_mtu: u32, diagnostics: &mut Diagnostics) -> Probes {
    let payload = PROBE_HEADER..=u64::from(site_mtu - UDP_OVERHEAD);
    let short = Duration::from_millis(10)..=10 * MINUTE;
    let long = 100 * Duration::from_millis(1)..=HOUR;
    let half = Duration::from_millis(500);
    let vms = raw.vms.as_ref().map(|vms| *vms.get_ref());
    let direction = raw.direction.as_ref().map(|direction| *direction.get_ref());
    Probes {
        rate: small(ranged(
            "probes.rate",
            &raw.rate,
            1000,
            1..=20_000,
            diagnostics,
        )),
        vms: vms.unwrap_or_default(),
        direction: direction.unwrap_or_default(),
        payload: small(ranged(
            "probes.payload",
            &raw.payload,
            64,
            payload,
            diagnostics,
        )),
        baseline: ranged(
            "probes.baseline",
            &raw.baseline,
            half,
            short.clone(),
            diagnostics,
        ),
        settle: ranged("probes.settle", &raw.settle, half, short, diagnostics),
        recovery_limit: ranged(
            "probes.recovery_limit",
            &raw.recovery_limit,
            MINUTE,
            long,
            diagnostics,
        ),
    }
}
