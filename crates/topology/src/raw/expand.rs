//! `count`: many sites or hosts from one table.

use std::net::Ipv4Addr;

use toml::Spanned;
use wire::MacAddr;

use super::{Field, Host, Site, Topology};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::resolved::{HOST_LIMIT, SITE_LIMIT};

/// What stands for the number of each, from 1.
const NUMBER: &str = "{n}";

/// What `count` can be a key of.
trait Counted: Sized {
    fn count(&self) -> &Field<u64>;
    /// The `n`-th of them, from 1.
    fn nth(&self, n: u64) -> Self;
}

impl Topology {
    /// Makes the sites and hosts that `count` stands for.
    pub(super) fn expand(&mut self, diagnostics: &mut Diagnostics) {
        (self.sites, self.totals.sites) = expand(&self.sites, SITE_LIMIT, diagnostics);
        (self.hosts, self.totals.hosts) = expand(&self.hosts, HOST_LIMIT, diagnostics);
    }
}

/// All of them, and how many that is. When there are more than `limit`, not all are made.
fn expand<T: Counted + Clone>(
    templates: &[T],
    limit: usize,
    diagnostics: &mut Diagnostics,
) -> (Vec<T>, u64) {
    let mut made = Vec::new();
    let mut total = 0_u64;
    for template in templates {
        let Some(count) = template.count() else {
            total = total.saturating_add(1);
            made.push(template.clone());
            continue;
        };
        let number = *count.get_ref();
        if number == 0 {
            let place = Diagnostic::new(Code::OutOfRange, count.span(), "count = 0 makes nothing");
            let cure = "use 1 or more, or take the table out";
            diagnostics.push(place.label("too small").help(cure));
        }
        total = total.saturating_add(number);
        let room = limit.saturating_sub(made.len()) as u64;
        made.extend((1..=number.min(room)).map(|n| template.nth(n)));
    }
    (made, total)
}

impl Counted for Site {
    fn count(&self) -> &Field<u64> {
        &self.count
    }

    fn nth(&self, n: u64) -> Self {
        Self {
            name: self.name.as_ref().map(|name| named(name, n)),
            count: None,
            ..self.clone()
        }
    }
}

impl Counted for Host {
    fn count(&self) -> &Field<u64> {
        &self.count
    }

    fn nth(&self, n: u64) -> Self {
        Self {
            name: self.name.as_ref().map(|name| named(name, n)),
            site: map(&self.site, |site| site.replace(NUMBER, &n.to_string())),
            address: map(&self.address, |first| address_after(*first, n - 1)),
            mac: map(&self.mac, |first| mac_after(*first, n - 1)),
            count: None,
            ..self.clone()
        }
    }
}

fn map<T>(field: &Field<T>, change: impl FnOnce(&T) -> T) -> Field<T> {
    let field = field.as_ref()?;
    Some(Spanned::new(field.span(), change(field.get_ref())))
}

/// `vm{n}` with the number in its place; where there is no place, at the end.
fn named(name: &Spanned<String>, n: u64) -> Spanned<String> {
    let template = name.get_ref();
    let named = if template.contains(NUMBER) {
        template.replace(NUMBER, &n.to_string())
    } else {
        format!("{template}{n}")
    };
    Spanned::new(name.span(), named)
}

/// Beyond the last address it starts again: what is no address of the VLAN is refused later.
fn address_after(first: Ipv4Addr, steps: u64) -> Ipv4Addr {
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    Ipv4Addr::from_bits(first.to_bits().wrapping_add(steps))
}

fn mac_after(first: MacAddr, steps: u64) -> MacAddr {
    let [a, b, c, d, e, f] = first.octets();
    let number = u64::from_be_bytes([0, 0, a, b, c, d, e, f]).wrapping_add(steps);
    let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
    MacAddr::new([a, b, c, d, e, f])
}
