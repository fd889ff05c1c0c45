//! A run's capture, read back by a reader that is not the project's.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
use pcap_file::pcapng::{Block, PcapNgReader};

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// The node received it.
    Inbound,
    /// The node sent it.
    Outbound,
}

/// A captured frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Name of the interface.
    pub interface: String,
    /// Which way.
    pub direction: Direction,
    /// Since 1970.
    pub at: Duration,
    /// The frame.
    pub bytes: Vec<u8>,
    /// Its comments, in their order.
    pub comments: Vec<String>,
}

/// A capture.
pub struct Capture {
    /// Names of the interfaces, by their number.
    pub interfaces: Vec<String>,
    /// The frames, in the order of the file. The first has number 1 in other tools.
    pub frames: Vec<Frame>,
}

impl Capture {
    /// Reads a file.
    ///
    /// # Errors
    /// It is damaged, an interface has no name or stamps in other units than nanoseconds, or a frame has
    /// no direction.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let opened = File::open(file).with_context(|| file.display().to_string())?;
        let mut reader = PcapNgReader::new(BufReader::new(opened))?;
        let mut capture = Self {
            interfaces: Vec::new(),
            frames: Vec::new(),
        };
        while let Some(block) = reader.next_block() {
            match block? {
                Block::InterfaceDescription(described) => {
                    capture.interfaces.push(name(&described.options)?);
                }
                Block::EnhancedPacket(packet) => {
                    let frame = capture.frame(packet)?;
                    capture.frames.push(frame);
                }
                _ => {}
            }
        }
        Ok(capture)
    }

    fn frame(&self, packet: EnhancedPacketBlock<'_>) -> anyhow::Result<Frame> {
        let number = usize::try_from(packet.interface_id)?;
        let interface = self
            .interfaces
            .get(number)
            .context("a frame of no interface")?;
        let mut direction = None;
        let mut comments = Vec::new();
        for option in packet.options {
            match option {
                // pcapng, epb_flags: the two lowest bits.
                EnhancedPacketOption::Flags(flags) => {
                    direction = match flags & 3 {
                        1 => Some(Direction::Inbound),
                        2 => Some(Direction::Outbound),
                        _ => None,
                    }
                }
                EnhancedPacketOption::Comment(text) => comments.push(text.into_owned()),
                _ => {}
            }
        }
        Ok(Frame {
            interface: interface.clone(),
            direction: direction.context("a frame without direction")?,
            // The reader takes every stamp for nanoseconds; that they are was looked at.
            at: packet.timestamp,
            bytes: packet.data.into_owned(),
            comments,
        })
    }
}

fn name(options: &[InterfaceDescriptionOption<'_>]) -> anyhow::Result<String> {
    let resolution = options.iter().find_map(|option| match option {
        InterfaceDescriptionOption::IfTsResol(resolution) => Some(*resolution),
        _ => None,
    });
    ensure!(
        resolution == Some(9),
        "stamps in units of 10^-{resolution:?} s"
    );
    for option in options {
        if let InterfaceDescriptionOption::IfName(name) = option {
            return Ok(name.to_string());
        }
    }
    bail!("an interface without a name")
}
