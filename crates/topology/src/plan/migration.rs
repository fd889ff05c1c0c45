//! The migration: which cable goes from where to where.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::Serialize;
use wire::{MacAddr, VlanId};

use super::names::{Interface, Node};
use super::{InterfaceName, NodeName};
use crate::diagnostic::unknown;
use crate::resolved::{Host, Reach};
use crate::{Announce, AttachmentKind, HostId, MigrationStyle, Resolved, Role, SiteId};

/// A move of a VM: the switch's end of its cable goes from one bridge to another; the VM's own end,
/// address and sockets stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MigrationPlan {
    /// Namespace of the VM.
    pub vm: NodeName,
    /// The VM's own interface.
    pub vm_interface: InterfaceName,
    /// The VM's address.
    pub vm_address: Ipv4Addr,
    /// The VM's MAC address.
    pub vm_mac: MacAddr,
    /// The VM's VLAN.
    pub vlan: VlanId,
    /// The end of the cable that moves. Its name is free in every site.
    pub cable: InterfaceName,
    /// Where it is plugged in at first.
    pub from: Attachment,
    /// Where it goes. In the style `replug` its namespace is that of `from`.
    pub to: Attachment,
    /// How it goes there.
    pub style: MigrationStyle,
    /// What the VM says on arrival.
    pub announce: Announce,
    /// How long it is plugged in nowhere, on top of what the move itself takes.
    #[serde(with = "humantime_serde")]
    pub downtime: Duration,
}

/// Where a cable can be plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// The site.
    pub site: String,
    /// Namespace of the site's switch; with direct attachment, of its edge device.
    pub node: NodeName,
    /// The bridge; with direct attachment there is none.
    pub bridge: Option<InterfaceName>,
    /// Namespace of the site's edge device.
    pub edge_device: NodeName,
    /// The edge device's port that the VM is behind while it is there.
    pub site_port: InterfaceName,
}

impl Attachment {
    /// How the VM reaches the edge device there.
    #[must_use]
    pub const fn kind(&self) -> AttachmentKind {
        match self.bridge {
            Some(_) => AttachmentKind::Switched,
            None => AttachmentKind::Direct,
        }
    }
}

/// A move to plan, in a lab that stands: where the VM is now is the caller's to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move<'a> {
    /// The VM.
    pub vm: &'a str,
    /// The site that it is at.
    pub from: &'a str,
    /// The site that it goes to.
    pub to: &'a str,
    /// What it says on arrival; `None`: what the topology says.
    pub announce: Option<Announce>,
    /// How long it is plugged in nowhere; `None`: as long as the topology says.
    pub downtime: Option<Duration>,
}

/// Why a move cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// There is no such VM or site; the text says what there is.
    #[error("{0}")]
    Unknown(String),
    /// The host stays where it is.
    #[error("`{0}` is an observer, and observers stay: in the topology, give it `role = \"vm\"`")]
    Observer(String),
    /// The VM's VLAN ends at its site.
    #[error(
        "`{vm}` can not leave its site: VLAN {vlan} is not extended (in the topology, take \
         `extended = false` out)"
    )]
    NotExtended {
        /// The VM.
        vm: String,
        /// Its VLAN.
        vlan: VlanId,
    },
    /// The VM is there already.
    #[error("`{vm}` is at site `{site}` already: name another site")]
    AlreadyThere {
        /// The VM.
        vm: String,
        /// The site.
        site: String,
    },
}

impl Resolved {
    /// The plan of a move of any VM of this topology.
    ///
    /// # Errors
    /// There is no such VM or site, or there is nothing to do.
    pub fn plan_move(&self, asked: &Move<'_>) -> Result<MigrationPlan, MoveError> {
        let (vm, host) = self
            .hosts()
            .find(|(_, host)| host.name == asked.vm)
            .ok_or_else(|| self.unknown_vm(asked.vm))?;
        if host.role != Role::Vm {
            return Err(MoveError::Observer(host.name.clone()));
        }
        let (from, to) = (self.site_named(asked.from)?, self.site_named(asked.to)?);
        if from == to {
            return Err(MoveError::AlreadyThere {
                vm: host.name.clone(),
                site: asked.to.to_owned(),
            });
        }
        self.check_reach(host)?;
        let usual = self.moves();
        Ok(MigrationPlan {
            announce: asked.announce.unwrap_or(usual.announce),
            downtime: asked.downtime.unwrap_or(usual.downtime),
            ..plan_of(self, vm, from, to)
        })
    }

    fn check_reach(&self, host: &Host) -> Result<(), MoveError> {
        let vlan = self.vlan(host.vlan);
        match vlan.reach {
            Reach::Extended => Ok(()),
            Reach::OneSite => Err(MoveError::NotExtended {
                vm: host.name.clone(),
                vlan: vlan.id,
            }),
        }
    }

    fn site_named(&self, name: &str) -> Result<SiteId, MoveError> {
        let names = || self.sites().map(|(_, site)| site.name.as_str());
        let found = self.sites().find(|(_, site)| site.name == name);
        let missing = || MoveError::Unknown(unknown("site", name, names()));
        found.map(|(id, _)| id).ok_or_else(missing)
    }

    fn unknown_vm(&self, name: &str) -> MoveError {
        let vms = self.hosts().filter(|(_, host)| host.role == Role::Vm);
        let names: Vec<_> = vms.map(|(_, host)| host.name.as_str()).collect();
        MoveError::Unknown(unknown("VM", name, names))
    }
}

/// The move that the file asks for.
pub(super) fn plan(topology: &Resolved) -> Option<MigrationPlan> {
    let migration = topology.migration()?;
    let from = topology.host(migration.vm).site;
    Some(plan_of(topology, migration.vm, from, migration.to))
}

fn plan_of(topology: &Resolved, id: HostId, from: SiteId, to: SiteId) -> MigrationPlan {
    let moves = topology.moves();
    let vm = topology.host(id);
    let attachment = |site: SiteId| {
        let (node, bridge) = topology.place(site, vm.vlan);
        Attachment {
            site: topology.site(site).name.clone(),
            node,
            bridge,
            edge_device: topology.node(Node::Edge(site)),
            site_port: topology.port_of(site, id),
        }
    };
    MigrationPlan {
        vm: topology.node(Node::Host(id)),
        vm_interface: topology.interface(Interface::HostEnd),
        vm_address: vm.address,
        vm_mac: vm.mac,
        vlan: topology.vlan(vm.vlan).id,
        cable: topology.interface(Interface::Cable(id)),
        from: attachment(from),
        to: attachment(to),
        style: moves.style,
        announce: moves.announce,
        downtime: moves.downtime,
    }
}
