//! Which edge device is where, as the plan has it: by site, by underlay address.

use std::net::Ipv4Addr;

use topology::Plan;
use topology::plan::EdgeDevice;

use crate::result::EviLink;

/// The edge device of a site.
pub(super) fn of_site<'a>(plan: &'a Plan, site: &str) -> Option<&'a EdgeDevice> {
    plan.edge_devices.iter().find(|device| device.site == site)
}

/// Where each device's EVI links lead. A link to an address that is no device's leads nowhere.
pub(super) fn evi_links(plan: &Plan) -> Vec<EviLink> {
    let of_address = |peer: Ipv4Addr| {
        let mut devices = plan.edge_devices.iter();
        devices.find(|device| device.config.public.address == peer)
    };
    let of_device = |device: &EdgeDevice| {
        let name = device.config.name.clone();
        let leading = move |link: &edge_api::EviLinkConfig| {
            let peer = of_address(link.peer)?;
            Some(EviLink {
                device: name.clone(),
                name: link.name.clone(),
                peer: peer.config.name.clone(),
                peer_site: peer.site.clone(),
            })
        };
        device
            .config
            .evi_links
            .iter()
            .filter_map(leading)
            .collect::<Vec<_>>()
    };
    plan.edge_devices.iter().flat_map(of_device).collect()
}
