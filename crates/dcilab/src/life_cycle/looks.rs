//! What was seen at the last look at a table, for whoever wants to know what has changed since; and the
//! other things that a lab is looked at for.

use std::collections::BTreeMap;

use edge_api::protocol as device;

use super::protocol::{Before, NodeInterfaces, Request, Response};
use super::server::Server;

/// The last answer of each device to each question.
#[derive(Debug, Default)]
pub(super) struct Looks(BTreeMap<(String, String), device::Response>);

impl Looks {
    /// Remembers an answer, and gives the one from before.
    fn remember(
        &mut self,
        device: String,
        ask: &device::Request,
        answer: device::Response,
    ) -> Option<device::Response> {
        // Questions are few: what the edge device's protocol has without side effects.
        let question = serde_json::to_string(ask).unwrap_or_default();
        self.0.insert((device, question), answer)
    }
}

impl Server {
    pub(super) async fn look(
        &self,
        device: String,
        ask: device::Request,
        before: Before,
    ) -> Result<Response, String> {
        if matches!(ask, device::Request::Thaw { .. } | device::Request::Reload) {
            let request = Request::Look {
                device,
                ask,
                before,
            };
            return Err(format!("{request:?} changes something: it is no look"));
        }
        let now = self.ask_device(&device, &ask).await?;
        let last = self.looks.borrow_mut().remember(device, &ask, now.clone());
        Ok(Response::Looked {
            before: last.filter(|_| before == Before::Told).map(Box::new),
            now: Box::new(now),
        })
    }

    pub(super) async fn interfaces(&self) -> Result<Response, String> {
        let lab = self.lab()?;
        let mut all = Vec::new();
        for planned in &lab.plan().namespaces {
            let namespace = lab.namespace(&planned.node);
            let namespace = namespace.map_err(|error| error.to_string())?;
            let read = namespace.run(linux_net::interface::names).await;
            let node = planned.node.to_string();
            let interfaces = match read {
                Ok(Ok(names)) => names,
                Ok(Err(error)) => return Err(format!("interfaces of {node}: {error}")),
                Err(_) => return Err(format!("interfaces of {node}: the thread there has ended")),
            };
            all.push(NodeInterfaces { node, interfaces });
        }
        Ok(Response::Interfaces(all))
    }
}
