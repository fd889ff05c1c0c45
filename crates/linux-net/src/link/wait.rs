//! Waiting for the state of a link, by the kernel's own news and not by the clock.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use rtnetlink::MulticastGroup;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::state::{BridgePort, Link, Oper, all, find};
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
    let mut news = None;
    let deadline = Instant::now() + within;
    loop {
        let link = find(namespace, name).await?;
        if condition.holds(link.as_ref()) {
            return Ok(link);
        }
        if has_passed(&mut news, namespace, deadline).await? {
            return Err(missed(namespace, name, condition, within, link.as_ref()));
        }
    }
}

/// As [`wait_until`], for links of one namespace together: each look is one question for all of them.
///
/// # Errors
/// As [`wait_until`], of the first link that misses.
pub async fn wait_until_all(
    namespace: &Namespace,
    wanted: &[(&str, Condition)],
    within: Duration,
) -> Result<(), Error> {
    let mut news = None;
    let deadline = Instant::now() + within;
    loop {
        let links = all(namespace).await?;
        let misses = |(name, condition): &&(&str, Condition)| !condition.holds(links.get(*name));
        let Some((name, condition)) = wanted.iter().find(misses) else {
            return Ok(());
        };
        if has_passed(&mut news, namespace, deadline).await? {
            let link = links.get(*name);
            return Err(missed(namespace, name, *condition, within, link));
        }
    }
}

/// Waits for the next news of a namespace's links; tells whether the time is over. The first call only
/// subscribes, so that whoever looks again after it misses no change.
async fn has_passed(
    news: &mut Option<News>,
    namespace: &Namespace,
    deadline: Instant,
) -> Result<bool, Error> {
    match news {
        None => {
            *news = Some(News::subscribe(namespace).await?);
            Ok(false)
        }
        Some(news) => Ok(timeout_at(deadline, news.changes.next()).await.is_err()),
    }
}

fn missed(
    namespace: &Namespace,
    name: &str,
    condition: Condition,
    waited: Duration,
    link: Option<&Link>,
) -> Error {
    let space = namespace.name();
    Error::Deadline {
        what: format!("{condition:?} of link {name} in {space}"),
        waited,
        last_seen: link.map_or_else(|| "no such link".to_owned(), |l| format!("{l:?}")),
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
