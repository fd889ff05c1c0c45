//! Interfaces by name, as `NODE:INTERFACE`.

use std::collections::BTreeSet;

use crate::Plan;
use crate::diagnostic::unknown;
use crate::plan::{InterfaceName, NodeName};

impl Plan {
    /// The node and the interface that a text `NODE:INTERFACE` means, with every host where it is at first.
    ///
    /// # Errors
    /// There is no such node, or it has no such interface; the text says what there is.
    pub fn interface(&self, text: &str) -> Result<(&NodeName, &InterfaceName), String> {
        let Some((node, interface)) = text.split_once(':') else {
            return Err(format!(
                "`{text}` names no interface of a node: write NODE:INTERFACE, as in `ed-a:uplink`"
            ));
        };
        let mut nodes = self.namespaces.iter().map(|n| n.node.as_str());
        if !nodes.any(|known| known == node) {
            let nodes = self.namespaces.iter().map(|n| n.node.as_str());
            return Err(unknown("node", node, nodes));
        }
        let found = self
            .interfaces()
            .find(|(n, i)| n.as_str() == node && i.as_str() == interface);
        found.ok_or_else(|| {
            let own = self.interfaces().filter(|(n, _)| n.as_str() == node);
            let own: BTreeSet<_> = own.map(|(_, i)| i.as_str()).collect();
            unknown(&format!("interface of `{node}`"), interface, own)
        })
    }

    /// Every interface, as `NODE:INTERFACE`.
    pub fn links(&self) -> impl Iterator<Item = String> {
        let all: BTreeSet<_> = self.interfaces().map(|(n, i)| format!("{n}:{i}")).collect();
        all.into_iter()
    }

    fn interfaces(&self) -> impl Iterator<Item = (&NodeName, &InterfaceName)> {
        let ends = self.veths.iter().flat_map(|veth| [&veth.near, &veth.far]);
        let bridges = self
            .bridges
            .iter()
            .map(|bridge| (&bridge.node, &bridge.name));
        ends.map(|end| (&end.node, &end.name)).chain(bridges)
    }
}
