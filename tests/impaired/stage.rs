//! A lab of three sites, and datagrams from one edge device's namespace to another's.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use dcilab::lab::{EdgeProgram, Lab, PathReport, SitePath, private_directory};
use dcilab::progress::Progress;
use impairment::{Fate, Impairment, Line, PathId, Traffic, path_seed};
use lab_tests::PATIENCE;
use lab_tests::topology_text::THREE_SITE;
use linux_net::clock;
use linux_net::timestamped_udp::TimestampedUdp;
use tokio::time::{Instant, sleep};
use topology::{ImpairWith, Topology};
use wire::Timestamp;

const PORT: u16 = 4000;
/// Ethernet, IPv4 and UDP.
pub(crate) const HEADERS: usize = 14 + 20 + 8;
/// Datagrams that are sent before the sockets are read again.
const READ_EACH: usize = 50;
const LOOK: Duration = Duration::from_millis(1);

/// A datagram that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The site that it came from.
    pub(crate) from: u8,
    pub(crate) number: u32,
    /// When the kernel took it.
    pub(crate) at: Timestamp,
    /// From just before it was sent until then.
    pub(crate) took: Duration,
}

/// The lab.
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    pub(crate) by: ImpairWith,
    ends: BTreeMap<&'static str, (TimestampedUdp, Ipv4Addr)>,
    sent: BTreeMap<(u8, u32), Timestamp>,
    /// What was read while more was sent: a socket of a user without rights holds little.
    read: BTreeMap<&'static str, Vec<Arrival>>,
}

impl Stage {
    pub(crate) async fn raise(by: ImpairWith, tables: &str) -> anyhow::Result<Self> {
        let text = format!("{THREE_SITE}\n[underlay]\nimpair_with = \"{by}\"\n{tables}");
        let topology = Topology::load("impaired.toml", &text);
        let topology = topology.map_err(|d| anyhow!(d.render("impaired.toml", &text, false)))?;
        let mut plan = topology.plan();
        for device in &mut plan.edge_devices {
            device.config.evi_links.clear();
        }
        let (progress, nodes) = (
            Progress::start("impaired"),
            private_directory().join("nodes"),
        );
        let lab = Lab::build(Arc::new(plan), &EdgeProgram::BuiltIn, &nodes, &progress).await?;
        lab.wait_for_links().await?;
        let mut ends = BTreeMap::new();
        for site in ["a", "b", "c"] {
            let device = lab
                .plan()
                .edge_devices
                .iter()
                .find(|device| device.site == site);
            let device = device.context("no such site")?;
            let address = device.config.public.address;
            let bind = move || TimestampedUdp::bind(SocketAddrV4::new(address, PORT));
            let socket = lab.namespace(&device.node)?.run(bind).await??;
            ends.insert(site, (socket, address));
        }
        Ok(Self {
            lab,
            by,
            ends,
            sent: BTreeMap::new(),
            read: BTreeMap::new(),
        })
    }

    pub(crate) async fn strike(self) -> anyhow::Result<()> {
        Ok(self.lab.tear_down().await?)
    }

    /// Sends a numbered datagram of so many bytes.
    pub(crate) fn send(
        &mut self,
        from: &str,
        to: &str,
        number: u32,
        bytes: usize,
    ) -> anyhow::Result<()> {
        let site = from.as_bytes()[0];
        let mut payload = vec![0; bytes.max(5)];
        payload[0] = site;
        payload[1..5].copy_from_slice(&number.to_be_bytes());
        let to = SocketAddrV4::new(self.end(to)?.1, PORT);
        self.sent.insert((site, number), clock::monotonic());
        Ok(self.end(from)?.0.send_to(&payload, to)?)
    }

    /// Sends `count` datagrams, one each `gap`, from the first number on.
    pub(crate) async fn stream(
        &mut self,
        path: (&str, &str),
        numbers: core::ops::Range<u32>,
        gap: Duration,
    ) -> anyhow::Result<()> {
        let start = clock::monotonic();
        for (nth, number) in numbers.enumerate() {
            let due = start + gap * u32::try_from(nth)?;
            while clock::monotonic() < due {
                tokio::task::yield_now().await;
            }
            self.send(path.0, path.1, number, 100)?;
            if nth % READ_EACH == 0 {
                for site in ["a", "b", "c"] {
                    self.read(site)?;
                }
            }
        }
        Ok(())
    }

    fn end(&self, site: &str) -> anyhow::Result<&(TimestampedUdp, Ipv4Addr)> {
        self.ends.get(site).context("no such site")
    }

    /// What has arrived at a site since it was last asked for.
    pub(crate) fn arrivals(&mut self, site: &'static str) -> anyhow::Result<Vec<Arrival>> {
        self.read(site)?;
        Ok(self.read.remove(site).unwrap_or_default())
    }

    fn read(&mut self, site: &'static str) -> anyhow::Result<()> {
        let (socket, _) = self.ends.get_mut(site).context("no such site")?;
        let ahead = clock::realtime_minus_monotonic();
        let arrivals = self.read.entry(site).or_default();
        let mut buffer = [0; 2048];
        while let Some(datagram) = socket.receive(&mut buffer)? {
            let stamp = datagram.received_realtime_ns.context("no stamp")?;
            let at = u64::try_from(i128::from(stamp) - i128::from(ahead))?;
            let number = u32::from_be_bytes(buffer[1..5].try_into()?);
            let at = Timestamp::from_nanos(at);
            let sent = self.sent.get(&(buffer[0], number)).context("never sent")?;
            let took = at.saturating_since(*sent);
            arrivals.push(Arrival {
                from: buffer[0],
                number,
                at,
                took,
            });
        }
        ensure!(
            socket.drops() == 0,
            "the test itself lost {}",
            socket.drops()
        );
        Ok(())
    }

    /// What arrives at a site until so many packets of a path have gone their way.
    pub(crate) async fn gather(
        &mut self,
        path: (&str, &'static str),
        packets: u64,
    ) -> anyhow::Result<Vec<Arrival>> {
        let deadline = Instant::now() + PATIENCE;
        let mut arrivals = Vec::new();
        loop {
            let report = self.report(path.0, path.1).await?.measured;
            arrivals.extend(self.arrivals(path.1)?);
            // Read once more after the last has left.
            if report.packets >= packets && report.held == 0 {
                arrivals.extend(self.arrivals(path.1)?);
                return Ok(arrivals);
            }
            ensure!(
                Instant::now() < deadline,
                "{packets} packets have not passed: {report:?}"
            );
            sleep(LOOK).await;
        }
    }

    /// Waits until so many have arrived at a site.
    pub(crate) async fn expect(
        &mut self,
        site: &'static str,
        count: usize,
    ) -> anyhow::Result<Vec<Arrival>> {
        let deadline = Instant::now() + PATIENCE;
        let mut arrivals = Vec::new();
        while arrivals.len() < count {
            arrivals.extend(self.arrivals(site)?);
            let found = arrivals.len();
            ensure!(
                Instant::now() < deadline,
                "{found} of {count} have arrived at {site}"
            );
            sleep(LOOK).await;
        }
        Ok(arrivals)
    }

    pub(crate) async fn report(&self, from: &str, to: &str) -> anyhow::Result<PathReport> {
        let report = self.lab.impairments().await?;
        ensure!(
            report.overruns == 0,
            "this machine is too slow: {} overruns",
            report.overruns
        );
        let path = SitePath {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let found = report.paths.into_iter().find(|report| report.path == path);
        found.with_context(|| format!("nothing is asked of {path}"))
    }

    /// What the lab says of its impairments, for a test that failed.
    pub(crate) async fn told(&self) -> String {
        format!("{:#?}", self.lab.impairments().await)
    }

    /// What the relay will do with so many packets of 100 bytes on a path.
    pub(crate) fn predict(
        &self,
        from: &str,
        to: &str,
        asked: &Impairment,
        count: u32,
    ) -> Vec<Fate> {
        let mut line = Line::default();
        let seed = path_seed(self.lab.plan().seed, from, to);
        line.set(PathId(0), seed, asked.clone(), Traffic::Passes);
        let offer = |_| {
            let fate = line.offer(PathId(0), Timestamp::ZERO, 142, || ());
            // It leaves at once, so that the queue is never full.
            while let Some(due) = line.next_deadline() {
                if let Some(packet) = line.take_due(due) {
                    line.left(&packet, due);
                }
            }
            fate.unwrap_or(Fate::Carried {
                due: Timestamp::ZERO,
                copy_due: None,
            })
        };
        (0..count).map(offer).collect()
    }
}

/// The value below which so much of them are.
pub(crate) fn quantile(mut values: Vec<Duration>, share: f64) -> Duration {
    values.sort_unstable();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let at = (values.len() as f64 * share) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}
