//! Captures read back, whoever wrote them: pcapng and pcap, as far as they hold probes.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use meter::Sighting;
use meter::capture::{Direction, PointId};
use meter::witness::Record;
use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::interface_statistics::InterfaceStatisticsOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use pcap_file::{DataLink, PcapError};
use wire::Timestamp;

/// A pcapng section header, which reads the same in either byte order.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// pcap with microseconds and with nanoseconds, big endian.
const PCAP: [u32; 2] = [0xa1b2_c3d4, 0xa1b2_3c4d];
const SECOND: u128 = 1_000_000_000;
/// What a file without `if_tsresol` means (pcapng s4.2).
const MICROSECONDS: u8 = 6;

/// Frames with probes, from one or more files.
#[derive(Debug, Default)]
pub struct CaptureFile {
    /// Names of the captured places, by [`PointId`].
    pub points: Vec<String>,
    /// The probes.
    pub records: Vec<Record>,
    /// The last stamp of any frame, on the clock of the records: 1970 plus.
    pub end: Timestamp,
    /// Frames, with probes or not.
    pub frames: u64,
    /// Frames that the captures themselves missed, as far as they say so.
    pub missed: u64,
}

/// Why a capture cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureFileError {
    /// It cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// It has no bytes.
    #[error("{}: empty: nothing was captured, or the capture was killed at once", .0.display())]
    Empty(PathBuf),
    /// It is something else.
    #[error(
        "{}: neither pcapng nor pcap: it starts with {start:02x?}; give a capture as dumpcap, tcpdump or dcilab writes it",
        path.display()
    )]
    NotCapture {
        /// The file.
        path: PathBuf,
        /// Its first bytes.
        start: [u8; 4],
    },
    /// It ends in the middle, or is damaged.
    #[error(
        "{}: damaged or cut off after frame {frames}: {problem}; capture again, or repair it with `pcapfix`",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Whole frames before.
        frames: u64,
        /// What is wrong.
        problem: String,
    },
    /// Its frames are not Ethernet.
    #[error(
        "{}: frames of link type {link_type:?} are not read: capture on one Ethernet interface, not on `any`",
        path.display()
    )]
    NotEthernet {
        /// The file.
        path: PathBuf,
        /// Their type.
        link_type: DataLink,
    },
    /// It has frames, but no probe.
    #[error(
        "{}: no probe of dcilab in {frames} frames; `tshark -Y 'frame contains \"DCIPROBE\"'` would show them",
        path.display()
    )]
    NoProbes {
        /// The file.
        path: PathBuf,
        /// How many frames.
        frames: u64,
    },
}

impl CaptureFile {
    /// Reads files as one capture; their clocks must be one.
    ///
    /// # Errors
    /// One cannot be read to its end, or holds no probe.
    pub fn read(paths: &[PathBuf]) -> Result<Self, CaptureFileError> {
        let mut capture = Self::default();
        for path in paths {
            let before = (capture.records.len(), capture.frames);
            capture.add(path)?;
            if capture.records.len() == before.0 {
                return Err(CaptureFileError::NoProbes {
                    path: path.clone(),
                    frames: capture.frames - before.1,
                });
            }
        }
        Ok(capture)
    }

    fn add(&mut self, path: &Path) -> Result<(), CaptureFileError> {
        let fail = |source| CaptureFileError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(fail)?;
        let mut start = [0; 4];
        match file.read_exact(&mut start) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(CaptureFileError::Empty(path.to_owned()));
            }
            Err(error) => return Err(fail(error)),
        }
        file.rewind().map_err(fail)?;
        let before = self.frames;
        let number = u32::from_be_bytes(start);
        let read = if start == PCAPNG {
            self.pcapng(path, file)
        } else if PCAP.contains(&number) || PCAP.contains(&number.swap_bytes()) {
            self.pcap(path, file)
        } else {
            let path = path.to_owned();
            return Err(CaptureFileError::NotCapture { path, start });
        };
        read.map_err(|fault| fault.of(path, self.frames - before))
    }

    fn pcap(&mut self, path: &Path, file: File) -> Result<(), Fault> {
        let mut reader = PcapReader::new(BufReader::new(file))?;
        ethernet(reader.header().datalink)?;
        let name = path.file_stem().unwrap_or(path.as_os_str());
        let point = self.point(name.to_string_lossy().into_owned())?;
        while let Some(packet) = reader.next_packet() {
            let packet = packet?;
            self.frame(point, None, packet.timestamp.as_nanos(), &packet.data);
        }
        Ok(())
    }

    fn pcapng(&mut self, path: &Path, file: File) -> Result<(), Fault> {
        let mut reader = PcapNgReader::new(BufReader::new(file))?;
        // Those of the section, by number.
        let mut interfaces = Vec::new();
        while let Some(block) = reader.next_block() {
            match block? {
                Block::SectionHeader(_) => interfaces.clear(),
                Block::InterfaceDescription(described) => {
                    ethernet(described.linktype)?;
                    let name = name(path, &described, interfaces.len());
                    interfaces.push((self.point(name)?, Unit::of(&described)));
                }
                Block::EnhancedPacket(packet) => {
                    let number = usize::try_from(packet.interface_id).unwrap_or(usize::MAX);
                    let (point, unit) = interfaces.get(number).copied().ok_or(Fault::Interface)?;
                    let at = unit.nanoseconds(packet.timestamp.as_nanos());
                    self.frame(point, direction(&packet), at, &packet.data);
                }
                Block::InterfaceStatistics(statistics) => {
                    for option in &statistics.options {
                        if let InterfaceStatisticsOption::IsbOsDrop(missed) = option {
                            self.missed += missed;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn point(&mut self, name: String) -> Result<PointId, Fault> {
        let number = u16::try_from(self.points.len()).map_err(|_| Fault::Interface)?;
        self.points.push(name);
        Ok(PointId(number))
    }

    fn frame(&mut self, point: PointId, direction: Option<Direction>, at: u128, bytes: &[u8]) {
        let at = Timestamp::from_nanos(u64::try_from(at).unwrap_or(u64::MAX));
        self.frames += 1;
        self.end = self.end.max(at);
        let record = Sighting::in_frame(bytes).map(|probe| Record {
            point,
            direction,
            at,
            probe,
        });
        self.records.extend(record);
    }
}

/// What is wrong within a file.
enum Fault {
    Format(PcapError),
    LinkType(DataLink),
    Interface,
}

impl From<PcapError> for Fault {
    fn from(error: PcapError) -> Self {
        Self::Format(error)
    }
}

impl Fault {
    fn of(self, path: &Path, frames: u64) -> CaptureFileError {
        let path = path.to_owned();
        let problem = match self {
            Self::LinkType(link_type) => return CaptureFileError::NotEthernet { path, link_type },
            Self::Interface => "a frame of an interface that was not described".to_owned(),
            Self::Format(PcapError::IoError(source))
                if source.kind() == io::ErrorKind::UnexpectedEof =>
            {
                "it ends in the middle of a block".to_owned()
            }
            Self::Format(error) => error.to_string(),
        };
        CaptureFileError::Damaged {
            path,
            frames,
            problem,
        }
    }
}

fn ethernet(link_type: DataLink) -> Result<(), Fault> {
    match link_type {
        DataLink::ETHERNET => Ok(()),
        other => Err(Fault::LinkType(other)),
    }
}

/// As the file calls it, else the file's own name and a number.
fn name(path: &Path, described: &InterfaceDescriptionBlock<'_>, number: usize) -> String {
    for option in &described.options {
        if let InterfaceDescriptionOption::IfName(name) = option {
            return name.to_string();
        }
    }
    let file = path.file_stem().unwrap_or(path.as_os_str());
    format!("{}#{number}", file.to_string_lossy())
}

/// `epb_flags` (pcapng s4.3): the two lowest bits.
fn direction(packet: &EnhancedPacketBlock<'_>) -> Option<Direction> {
    packet.options.iter().find_map(|option| match option {
        EnhancedPacketOption::Flags(flags) => match flags & 3 {
            1 => Some(Direction::In),
            2 => Some(Direction::Out),
            _ => None,
        },
        _ => None,
    })
}

/// The unit of an interface's stamps, `if_tsresol` (pcapng s4.2): a power of ten or of two below a
/// second. The reader of the format hands stamps over as if all were nanoseconds.
#[derive(Clone, Copy)]
struct Unit {
    per_second: u128,
}

impl Unit {
    fn of(described: &InterfaceDescriptionBlock<'_>) -> Self {
        let given = described.options.iter().find_map(|option| match option {
            InterfaceDescriptionOption::IfTsResol(resolution) => Some(*resolution),
            _ => None,
        });
        let resolution = given.unwrap_or(MICROSECONDS);
        let exponent = u32::from(resolution & 0x7f);
        let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
        // Finer than any clock: as fine as can be counted.
        let per_second = base.checked_pow(exponent).unwrap_or(u128::MAX);
        Self { per_second }
    }

    const fn nanoseconds(self, units: u128) -> u128 {
        // A stamp has 64 bits: no overflow.
        units * SECOND / self.per_second
    }
}
