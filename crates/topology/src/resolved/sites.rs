//! Sites: names, attachment, and what their edge devices have of their own.

use std::collections::BTreeMap;

use edge_api::{IgpConfig, TimerOverrides};
use toml::Spanned;

use super::{Host, Role, Site, SiteIgp, VlanIndex, names};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::raw::{self, Field};
use crate::{AttachmentKind, MigrationStyle};

/// Ports of an edge device with direct attachment: each has rings of its own, of 4 MB.
const PORT_LIMIT: usize = 64;

/// The sites. Those without a name are left out, which is reported already.
pub(super) fn resolve(
    raw: &raw::Topology,
    igp: &IgpConfig,
    diagnostics: &mut Diagnostics,
) -> Vec<Site> {
    let names = || raw.sites.iter().filter_map(|site| site.name.as_ref());
    names::check("site", names(), diagnostics);
    let usual = value(&raw.site_network.attachment).unwrap_or_default();
    let mut sites = Vec::new();
    for site in &raw.sites {
        let own = own_igp(site, igp, diagnostics);
        let Some(name) = &site.name else { continue };
        sites.push(Site {
            name: name.get_ref().clone(),
            attachment: value(&site.attachment).unwrap_or(usual),
            mode: value(&site.mode),
            igp: own,
        });
    }
    sites
}

fn value<T: Copy>(field: &Field<T>) -> Option<T> {
    field.as_ref().map(|field| *field.get_ref())
}

fn own_igp(site: &raw::Site, igp: &IgpConfig, diagnostics: &mut Diagnostics) -> SiteIgp {
    let own = SiteIgp {
        profile: value(&site.igp.profile),
        timers: value(&site.igp.timers).unwrap_or_default(),
    };
    let place = site.igp.timers.as_ref().map(Spanned::span);
    let place = place.or_else(|| site.igp.profile.as_ref().map(Spanned::span));
    let config = own.over(igp);
    if let (Err(error), Some(place)) = (config.effective_timers(), place) {
        let message = format!(
            "these timers can not work over the profile `{}`",
            config.profile
        );
        let place = Diagnostic::new(Code::BadTimers, place, message);
        diagnostics.push(place.label("with these").help(error.to_string()));
    }
    own
}

impl SiteIgp {
    /// The IS-IS of this site, in a topology with that one: a profile of its own starts from that
    /// profile alone; without one, its timers are set beside those of the topology.
    pub(super) fn over(&self, usual: &IgpConfig) -> IgpConfig {
        let timers = match self.profile {
            Some(_) => self.timers,
            None => beside(self.timers, usual.timers),
        };
        IgpConfig {
            profile: self.profile.unwrap_or(usual.profile),
            timers,
            ..usual.clone()
        }
    }
}

/// Each timer of `own`, and where it says nothing, of `usual`.
fn beside(own: TimerOverrides, usual: TimerOverrides) -> TimerOverrides {
    TimerOverrides {
        hello_interval: own.hello_interval.or(usual.hello_interval),
        hold_multiplier: own.hold_multiplier.or(usual.hold_multiplier),
        lsp_generation: own.lsp_generation.or(usual.lsp_generation),
        lsp_pacing: own.lsp_pacing.or(usual.lsp_pacing),
        retransmit_interval: own.retransmit_interval.or(usual.retransmit_interval),
        csnp_interval: own.csnp_interval.or(usual.csnp_interval),
        psnp_interval: own.psnp_interval.or(usual.psnp_interval),
        max_age: own.max_age.or(usual.max_age),
        refresh_interval: own.refresh_interval.or(usual.refresh_interval),
        zero_age: own.zero_age.or(usual.zero_age),
        jitter_percent: own.jitter_percent.or(usual.jitter_percent),
    }
}

/// Reports direct attachment where it can not be: with the style `replug`, for which a VM's cable
/// stays in one namespace, and with more ports than a device should have.
pub(super) fn check_attachments(
    raw: &raw::Topology,
    sites: &[Site],
    hosts: &[Host],
    is_extended: impl Fn(VlanIndex) -> bool,
    diagnostics: &mut Diagnostics,
) {
    let of_all = raw.site_network.attachment.as_ref();
    let mut counts = BTreeMap::new();
    for (index, (site, raw_site)) in sites.iter().zip(&raw.sites).enumerate() {
        if site.attachment != AttachmentKind::Direct {
            continue;
        }
        let Some(place) = raw_site.attachment.as_ref().or(of_all).map(Spanned::span) else {
            continue;
        };
        if let Some(style) = &raw.migration.as_ref().and_then(|m| m.style.as_ref())
            && *style.get_ref() == MigrationStyle::Replug
        {
            let message = "the style `replug` needs sites with switches";
            let diagnostic = Diagnostic::new(Code::AttachmentStyle, style.span(), message);
            let cure = "set style = \"netns\", or attachment = \"switched\"";
            let diagnostic = diagnostic.label("a cable changes its bridge, and nothing else");
            diagnostics.push(
                diagnostic
                    .context(place.clone(), "no bridge here")
                    .help(cure),
            );
        }
        let may_be_here =
            |host: &&Host| host.site.0 == index || host.role == Role::Vm && is_extended(host.vlan);
        let ports = hosts.iter().filter(may_be_here).count();
        if ports > PORT_LIMIT {
            counts.entry(place.start).or_insert((place, ports));
        }
    }
    for (place, ports) in counts.into_values() {
        let message = format!("{ports} ports of one edge device are too many");
        let place = Diagnostic::new(Code::TooMany, place, message);
        let label = "each host here, and each VM that may come, has a port of its own";
        let cure = format!("use at most {PORT_LIMIT}, or attachment = \"switched\"");
        diagnostics.push(place.label(label).help(cure));
    }
}
