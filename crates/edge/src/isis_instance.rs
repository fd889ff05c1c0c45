//! What the configuration says of IS-IS, in IS-IS's own terms.

use edge_api::{ConfigError, EdgeConfig, Timers};
use isis::{CircuitConfig, GraphUse, InstanceConfig};
use wire::{MacAddr, SystemId};

use crate::interfaces::Interfaces;

/// The IS-IS circuits: EVI links that have one, and Ethernet circuits.
pub(crate) fn circuits(
    config: &EdgeConfig,
    interfaces: &Interfaces,
) -> impl Iterator<Item = CircuitConfig> {
    let links = interfaces.link_ids().zip(&config.evi_links);
    let links = links.filter(|(_, link)| link.isis);
    let links = links.map(|(id, _)| (id.circuit(), config.public.address));
    let ethernet = interfaces.circuit_ids().zip(&config.isis_circuits);
    let ethernet = ethernet.map(|(id, circuit)| (id.circuit(), circuit.address));
    links
        .chain(ethernet)
        .map(|(id, ipv4_address)| CircuitConfig { id, ipv4_address })
}

/// What IS-IS is started with.
///
/// # Errors
/// The area or the timers cannot be used.
pub(crate) fn instance_config(config: &EdgeConfig) -> Result<InstanceConfig, Vec<ConfigError>> {
    let area = config.igp.area.parse().map_err(|_| {
        vec![ConfigError::Value {
            key: "igp.area",
            value: config.igp.area.clone(),
            cure: "write an area address in hexadecimal, as in 49.0001".to_owned(),
        }]
    })?;
    let timers = timers(config)?;
    let hostname = Some(config.name.clone());
    let plain = InstanceConfig::new(config.system_id, area, config.public.address);
    let authentication = config.igp.authentication.clone();
    let graph = match config.evi_links.iter().all(|link| link.isis) {
        true => GraphUse::Unused,
        false => GraphUse::Followed,
    };
    Ok(InstanceConfig {
        authentication,
        graph,
        hostname,
        timers,
        ..plain
    })
}

/// The IGP timers that a configuration asks for.
pub(crate) fn timers(config: &EdgeConfig) -> Result<Timers, Vec<ConfigError>> {
    config.igp.effective_timers().map_err(|error| {
        vec![ConfigError::Value {
            key: "igp.timers",
            value: config.igp.profile.to_string(),
            cure: error.to_string(),
        }]
    })
}

/// A MAC address for the device's own control frames: its system ID, made a locally administered
/// station address.
pub(crate) fn station_address(system_id: SystemId) -> MacAddr {
    let mut octets = system_id.octets();
    octets[0] = octets[0] & !1 | 2;
    MacAddr::new(octets)
}
