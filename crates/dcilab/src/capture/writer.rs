//! The pcapng file: nanoseconds, named interfaces, directions, comments, drop counts.

use core::time::Duration;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use linux_net::capture_socket::{CaptureStatistics, Direction};
use meter::CapturePoint;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::interface_statistics::{
    InterfaceStatisticsBlock, InterfaceStatisticsOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness};

use super::reorder::Frame;

/// Stamps are in units of ten to the minus this many seconds. Without it readers assume 6.
const NANOSECONDS: u8 = 9;

pub(super) struct CaptureWriter<W: Write> {
    pcapng: PcapNgWriter<W>,
}

impl CaptureWriter<BufWriter<File>> {
    pub(super) fn create(
        path: &Path,
        points: &[&CapturePoint],
        snap_length: u32,
    ) -> io::Result<Self> {
        let name = |point: &&CapturePoint| format!("{}:{}", point.node, point.interface);
        let names = points.iter().map(name);
        Self::new(BufWriter::new(File::create(path)?), names, snap_length)
    }
}

impl<W: Write> CaptureWriter<W> {
    /// Writes what the interfaces are, to begin with.
    pub(super) fn new(
        out: W,
        names: impl Iterator<Item = String>,
        snap_length: u32,
    ) -> io::Result<Self> {
        let application = concat!("dcilab ", env!("CARGO_PKG_VERSION"));
        let section = SectionHeaderBlock {
            endianness: Endianness::native(),
            options: vec![SectionHeaderOption::UserApplication(Cow::Borrowed(
                application,
            ))],
            ..SectionHeaderBlock::default()
        };
        let mut pcapng = PcapNgWriter::with_section_header(out, section).map_err(other)?;
        for name in names {
            let block = InterfaceDescriptionBlock {
                linktype: DataLink::ETHERNET,
                snaplen: snap_length,
                options: vec![
                    InterfaceDescriptionOption::IfName(Cow::Owned(name)),
                    InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
                ],
            };
            pcapng.write_pcapng_block(block).map_err(other)?;
        }
        Ok(Self { pcapng })
    }

    pub(super) fn write(&mut self, frame: &Frame, comments: &[String]) -> io::Result<()> {
        let flags = match frame.direction {
            Direction::Received => 1,
            Direction::Transmitted => 2,
        };
        let mut options = vec![EnhancedPacketOption::Flags(flags)];
        let remarks = comments
            .iter()
            .map(|text| EnhancedPacketOption::Comment(text.into()));
        options.extend(remarks);
        let block = EnhancedPacketBlock {
            interface_id: frame.interface,
            timestamp: Duration::from_nanos(frame.at),
            original_len: frame.original_length,
            data: Cow::Borrowed(&frame.bytes),
            options,
        };
        self.pcapng.write_pcapng_block(block).map_err(other)?;
        Ok(())
    }

    /// Where it writes to.
    pub(super) fn out(&mut self) -> &mut W {
        self.pcapng.get_mut()
    }

    /// Writes what each interface received and missed, and closes the file.
    pub(super) fn finish(mut self, at: u64, statistics: &[CaptureStatistics]) -> io::Result<()> {
        for (interface_id, counted) in (0..).zip(statistics) {
            let block = InterfaceStatisticsBlock {
                interface_id,
                timestamp: at,
                options: vec![
                    InterfaceStatisticsOption::IsbIfRecv(counted.packets),
                    InterfaceStatisticsOption::IsbOsDrop(counted.drops),
                ],
            };
            self.pcapng.write_pcapng_block(block).map_err(other)?;
        }
        self.pcapng.into_inner().flush()
    }
}

fn other(error: pcap_file::PcapError) -> io::Error {
    match error {
        pcap_file::PcapError::IoError(error) => error,
        error => io::Error::other(error.to_string()),
    }
}
