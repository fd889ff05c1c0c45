//! VLANs, and the prefixes of their hosts.

use toml::Spanned;

use super::{Reach, Vlan};
use crate::Ipv4Prefix;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::raw::{self, Field};

/// The VLANs; `None` in place of one that something is wrong with, so that indexes stay.
pub(super) fn resolve(raw: &[raw::Vlan], diagnostics: &mut Diagnostics) -> Vec<Option<Vlan>> {
    let mut vlans: Vec<Option<Vlan>> = Vec::new();
    for (i, vlan) in raw.iter().enumerate() {
        let twin = |other: &&raw::Vlan| same(&other.id, &vlan.id);
        if let (Some(id), Some(Some(first))) =
            (&vlan.id, raw[..i].iter().find(twin).map(|twin| &twin.id))
        {
            let message = format!("VLAN {} is there twice", id.get_ref());
            let place = Diagnostic::new(Code::DuplicateVlan, id.span(), message);
            let place = place
                .label("used again")
                .context(first.span(), "first used here");
            diagnostics.push(place.help("give each VLAN its own ID"));
        }
        let usable = vlan
            .prefix
            .as_ref()
            .filter(|prefix| check_prefix(prefix, diagnostics));
        if let Some(prefix) = usable {
            check_overlap(prefix, &raw[..i], diagnostics);
        }
        let both = vlan.id.as_ref().zip(usable);
        vlans.push(both.map(|(id, prefix)| Vlan {
            id: *id.get_ref(),
            prefix: *prefix.get_ref(),
            reach: match vlan.extended {
                Some(false) => Reach::OneSite,
                Some(true) | None => Reach::Extended,
            },
        }));
    }
    vlans
}

fn same<T: PartialEq>(a: &Field<T>, b: &Field<T>) -> bool {
    a.as_ref()
        .zip(b.as_ref())
        .is_some_and(|(a, b)| a.get_ref() == b.get_ref())
}

fn check_overlap(
    prefix: &Spanned<Ipv4Prefix>,
    earlier: &[raw::Vlan],
    diagnostics: &mut Diagnostics,
) {
    let prefixes = || earlier.iter().filter_map(|vlan| vlan.prefix.as_ref());
    if let Some(first) = prefixes().find(|first| first.get_ref().overlaps(*prefix.get_ref())) {
        let message = format!(
            "{} and {} share addresses",
            first.get_ref(),
            prefix.get_ref()
        );
        let place = Diagnostic::new(Code::OverlappingPrefixes, prefix.span(), message);
        let place = place
            .label("overlaps")
            .context(first.span(), "with this one");
        diagnostics.push(place.help("give each VLAN a prefix of its own"));
    }
}

/// Whether hosts can have addresses from the prefix (RFC 6890); reports it when they can not.
pub(super) fn check_prefix(prefix: &Spanned<Ipv4Prefix>, diagnostics: &mut Diagnostics) -> bool {
    let value = *prefix.get_ref();
    let (first, last) = (value.network().octets()[0], value.broadcast().octets()[0]);
    if first == 0 || last == 127 || last >= 224 {
        let message = format!("hosts can not have addresses of {value}");
        let place = Diagnostic::new(Code::UnusablePrefix, prefix.span(), message);
        let place = place.label("loopback, multicast or reserved");
        diagnostics.push(place.help("use a private prefix (RFC 1918), as in 10.100.0.0/24"));
    } else if value.host_count() == 0 {
        let message = format!("{value} has no addresses for hosts");
        let place = Diagnostic::new(Code::PrefixTooSmall, prefix.span(), message);
        diagnostics.push(
            place
                .label("network and broadcast address only")
                .help("use a /30 or greater"),
        );
    } else {
        return true;
    }
    false
}
