//! Waiting for the state of a link, by the kernel's own news and not by the clock.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use rtnetlink::MulticastGroup;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::state::{BridgePort, Link, Oper, find};
use crate::Error;
use crate::namespace::Namespace;

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The link is there.
    Present,
    /// The link is up, its other end too, and frames pass.
    Carrier,
    /// The link is a port of a bridge, has carrier, and the bridge forwards.
    Forwarding,
    /// The link has carrier, and somebody takes all of its frames, as a packet ring does.
    Tapped,
    /// The link is gone from this namespace.
    Gone,
}

impl Condition {
    /// Whether it holds for a link, `None` being one that is not there.
    #[must_use]
    pub fn holds(self, link: Option<&Link>) -> bool {
        let carries = |l: &Link| l.is_up && l.has_carrier && l.oper != Oper::Down;
        match (self, link) {
            (Self::Gone, None) | (Self::Present, Some(_)) => true,
            (Self::Carrier, Some(link)) => carries(link),
            (Self::Tapped, Some(link)) => carries(link) && link.is_promiscuous,
            (Self::Forwarding, Some(link)) => {
                carries(link) && link.bridge_port == Some(BridgePort::Forwarding)
            }
            _ => false,
        }
    }
}

/// Waits until a condition holds for a link, at most for `within`. Returns the link as it is then,
/// `None` when it is gone.
///
/// # Errors
/// The deadline passes ([`Error::Deadline`], with the state at the end), or the kernel refuses.
pub async fn wait_until(
    namespace: &Namespace,
    name: &str,
    condition: Condition,
    within: Duration,
) -> Result<Option<Link>, Error> {
    let deadline = Instant::now() + within;
    // Subscribed before the first look: no change falls between the two.
    let mut news = News::subscribe(namespace).await?;
    loop {
        let link = find(namespace, name).await?;
        if condition.holds(link.as_ref()) {
            return Ok(link);
        }
        if timeout_at(deadline, news.changes.next()).await.is_err() {
            let space = namespace.name();
            return Err(Error::Deadline {
                what: format!("{condition:?} of link {name} in {space}"),
                waited: within,
                last_seen: link.map_or_else(|| "no such link".to_owned(), |l| format!("{l:?}")),
            });
        }
    }
}

/// The kernel's messages about links of one namespace.
struct News {
    changes: BoxStream<'static, ()>,
    connection: AbortHandle,
}

impl News {
    async fn subscribe(namespace: &Namespace) -> Result<Self, Error> {
        let runtime = tokio::runtime::Handle::current();
        let connecting = runtime.clone();
        let (connection, _, messages) = namespace
            .run(move || {
                let _guard = connecting.enter();
                rtnetlink::new_multicast_connection(&[MulticastGroup::Link])
            })
            .await?
            .map_err(|e| Error::system(format!("watch links of {}", namespace.name()), e))?;
        Ok(Self {
            changes: messages.map(|_| ()).boxed(),
            connection: runtime.spawn(connection).abort_handle(),
        })
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
