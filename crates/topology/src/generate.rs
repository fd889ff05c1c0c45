//! Topology files for others to start from.

use core::fmt::Write;

use crate::Mesh;

/// Probes a second, all flows together, that a small machine sends in time.
const PROBES: u32 = 20_000;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Sites, two at the least.
    pub sites: u32,
    /// Hosts of each site: a client and a VM in each VLAN, and more VMs.
    pub hosts: u32,
    /// VLANs, one at the least.
    pub vlans: u32,
    /// Between which edge devices IS-IS runs.
    pub mesh: Mesh,
}

impl Shape {
    /// What can not be made of it, and what could.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let Self {
            sites,
            hosts,
            vlans,
            ..
        } = *self;
        let least = vlans.saturating_mul(2);
        if sites < 2 {
            Some("a VM moves between sites: use --sites 2 or more".to_owned())
        } else if vlans == 0 {
            Some("hosts are in a VLAN: use --vlans 1 or more".to_owned())
        } else if hosts < least {
            Some(format!(
                "each site has a client and a VM in each VLAN: use --hosts {least} or more"
            ))
        } else {
            None
        }
    }

    /// The text of a topology file, for people to read and change. A shape with a problem gives one that
    /// is refused.
    #[must_use]
    pub fn text(&self) -> String {
        [
            self.head(),
            self.networks(),
            self.sites(),
            self.hosts(),
            self.tail(),
        ]
        .concat()
    }

    fn head(&self) -> String {
        let Self {
            sites,
            hosts,
            vlans,
            mesh,
        } = *self;
        let about = match mesh {
            Mesh::Full => "IS-IS runs between all edge devices.",
            Mesh::Hub => {
                "IS-IS runs between ed-s1 and each of the others, which hear of each other through it."
            }
            Mesh::Ring => "IS-IS runs between neighbours, in a ring.",
        };
        format!(
            "# {sites} sites with {hosts} hosts each, VLANs: {vlans}. {about}\n\
             # Every edge device has an EVI link to every other one all the same.\n\
             #\n\
             # vm1-s1 moves from s1 to s2 while a client at each site probes it. What to expect: with\n\
             # garp-flood the outage is that of the move itself at every site, with igp-only sites other\n\
             # than s2 wait for IS-IS as well.\n\n\
             name = \"generated\"\n"
        )
    }

    fn networks(&self) -> String {
        let hub = match self.mesh {
            Mesh::Hub => "hub = \"s1\"\n",
            Mesh::Full | Mesh::Ring => "",
        };
        let mut text = format!(
            "\n[igp]\nprofile = \"comware-v5\" # comware-v7, cisco, frr, immediate\nmesh = \"{}\"\n{hub}\n\
             [mechanism]\nmode = \"garp-flood\" # igp-only, garp-flood-verified, garp-redirect\n",
            self.mesh
        );
        for n in 0..self.vlans {
            let id = 100 + n;
            let _ = write!(text, "\n[[vlan]]\nid = {id}\nprefix = \"10.{id}.0.0/16\"\n");
        }
        text
    }

    fn sites(&self) -> String {
        let site = |n| format!("\n[[site]]\nname = \"s{n}\"\n");
        (1..=self.sites).map(site).collect()
    }

    /// One table for the hosts of a kind at all sites: `{n}` is the number of the site.
    fn hosts(&self) -> String {
        let table = |name: String, role: &str, vlan: u32| {
            format!(
                "\n[[host]]\nname = \"{name}-s{{n}}\"\ncount = {}\nrole = \"{role}\"\n\
                 site = \"s{{n}}\"\nvlan = {vlan}\n",
                self.sites
            )
        };
        let client = |n| table(format!("c{}", n + 1), "observer", 100 + n);
        let vm = |n| table(format!("vm{}", n + 1), "vm", 100 + n % self.vlans.max(1));
        let clients = (0..self.vlans).map(client);
        let vms = (0..self.hosts.saturating_sub(self.vlans)).map(vm);
        clients.chain(vms).collect()
    }

    fn tail(&self) -> String {
        let rate = (PROBES / (2 * self.sites.max(1))).clamp(10, 1000);
        format!(
            "\n[migration]\nvm = \"vm1-s1\"\nto = \"s2\"\n\n\
             [probes]\nvms = \"moved\" # or all\nrate = {rate} # of each flow, a second\n"
        )
    }
}
