//! `dcilab ping`: whether one host of a standing lab reaches another.
//!
//! Echo requests of its own, so that no package is needed for it.

use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use etherparse::{IcmpEchoHeader, Icmpv4Slice, Icmpv4Type, Ipv4Slice, PacketBuilder};
use linux_net::isolate;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, ipproto, recv, sendto, socket};
use topology::unknown;

use super::lab::{LabName, VerbError, inspect};
use super::output;
use crate::ending::Ending;
use crate::report::millis;

/// Bytes of an echo request's contents.
const CONTENTS: [u8; 32] = [0x5a; 32];
/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);
/// From one answer to the next request.
const INTERVAL: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
#[command(after_help = "The exit code is 1 when an answer is missing.")]
pub(super) struct Ping {
    /// Who asks
    from: String,
    /// Who answers
    to: String,
    /// How many times
    #[arg(short, long, default_value_t = 3)]
    count: u16,
    #[command(flatten)]
    lab: LabName,
}

impl Ping {
    /// Call it before any thread exists.
    pub(super) fn run(self) -> ExitCode {
        self.ping().unwrap_or_else(|error| error.end()).into()
    }

    fn ping(&self) -> Result<Ending, VerbError> {
        let mut client = self.lab.connect()?;
        let lab = inspect(&mut client)?;
        let hosts = || lab.hosts.iter().map(|host| host.name.as_str());
        let address = |name: &str| {
            let found = lab.hosts.iter().find(|host| host.name == name);
            let address = found.map(|host| host.address);
            address.ok_or_else(|| VerbError::WhichLab(unknown("host", name, hosts())))
        };
        let (from, to) = (address(&self.from)?, address(&self.to)?);
        let joined = isolate::join(client.process()?).and_then(|lab| lab.enter_node(&self.from));
        if let Err(error) = joined {
            eprintln!("error: {error}");
            return Ok(Ending::Unable);
        }
        let echo = Echo::open(from, to)?;
        let mut missing = 0;
        for number in 1..=self.count {
            let line = match echo.ask(number)? {
                Some(time) => format!("{} answers {}: {}\n", self.to, self.from, millis(time)),
                None => {
                    missing += 1;
                    let limit = ANSWER_LIMIT.as_secs();
                    format!(
                        "{} does not answer {} within {limit} s\n",
                        self.to, self.from
                    )
                }
            };
            output::text(&line)?;
            if number < self.count {
                std::thread::sleep(INTERVAL);
            }
        }
        Ok(if missing == 0 {
            Ending::Pass
        } else {
            Ending::Fail
        })
    }
}

/// A socket that asks one host.
struct Echo {
    socket: OwnedFd,
    from: Ipv4Addr,
    to: Ipv4Addr,
    id: u16,
}

impl Echo {
    fn open(from: Ipv4Addr, to: Ipv4Addr) -> std::io::Result<Self> {
        let socket = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::ICMP))?;
        let [.., high, low] = std::process::id().to_be_bytes();
        let id = u16::from_be_bytes([high, low]);
        Ok(Self {
            socket,
            from,
            to,
            id,
        })
    }

    /// How long the answer took; `None`: there was none.
    fn ask(&self, seq: u16) -> std::io::Result<Option<Duration>> {
        let echo = IcmpEchoHeader { id: self.id, seq };
        let mut packet = Vec::new();
        PacketBuilder::ipv4(self.from.octets(), self.to.octets(), 64)
            .icmpv4_echo_request(echo.id, echo.seq)
            .write(&mut packet, &CONTENTS)
            .map_err(std::io::Error::other)?;
        let to = SocketAddr::V4(SocketAddrV4::new(self.to, 0));
        let sent = Instant::now();
        // The kernel writes the IPv4 header itself.
        match sendto(&self.socket, &packet[20..], SendFlags::empty(), &to) {
            Ok(_) => self.answer(echo, sent),
            // No neighbour: as good as no answer.
            Err(rustix::io::Errno::HOSTUNREACH | rustix::io::Errno::NETUNREACH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn answer(&self, asked: IcmpEchoHeader, sent: Instant) -> std::io::Result<Option<Duration>> {
        let mut buffer = [MaybeUninit::uninit(); 2048];
        loop {
            let left = ANSWER_LIMIT.saturating_sub(sent.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            set_socket_timeout(&self.socket, Timeout::Recv, Some(left))?;
            match recv(&self.socket, &mut buffer, RecvFlags::empty()) {
                Ok(((packet, _), _)) if self.is_answer(packet, asked) => {
                    return Ok(Some(sent.elapsed()));
                }
                Ok(_) | Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_answer(&self, packet: &[u8], asked: IcmpEchoHeader) -> bool {
        let Ok(packet) = Ipv4Slice::from_slice(packet) else {
            return false;
        };
        let is_theirs = packet.header().source_addr() == self.to;
        let icmp = Icmpv4Slice::from_slice(packet.payload().payload);
        let kind = icmp.map(|icmp| icmp.icmp_type());
        is_theirs && matches!(kind, Ok(Icmpv4Type::EchoReply(echo)) if echo == asked)
    }
}
