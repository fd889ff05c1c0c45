//! Where a live capture goes: a file, a ring of files, or standard output; always whole frames.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use linux_net::capture_socket::CaptureStatistics;
use linux_net::clock;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, unlinkat};

use super::reorder::Frame;
use super::writer::CaptureWriter;

/// A ring of files: so many, so long each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// How many are kept.
    pub files: usize,
    /// Bytes of each; it ends with the frame that reaches them.
    pub bytes: u64,
}

impl FromStr for Ring {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no ring: say how many files of what size, as 5x10MB");
        let (files, size) = text.split_once('x').ok_or_else(wrong)?;
        let files: usize = files.parse().map_err(|_| wrong())?;
        let end = size
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(size.len());
        let (number, unit) = size.split_at(end);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let unit = match unit {
            "" | "B" => 1,
            "k" | "kB" => 1000,
            "KiB" => 1024,
            "M" | "MB" => 1_000_000,
            "MiB" => 1024 * 1024,
            "G" | "GB" => 1_000_000_000,
            "GiB" => 1024 * 1024 * 1024,
            _ => {
                return Err(format!(
                    "{}; units are kB, MB, GB, KiB, MiB and GiB",
                    wrong()
                ));
            }
        };
        let bytes = number.checked_mul(unit).ok_or_else(wrong)?;
        match (1..=10_000).contains(&files) && bytes >= 1000 {
            true => Ok(Self { files, bytes }),
            false => Err(format!("{}: 1 to 10000 files of 1 kB or more", wrong())),
        }
    }
}

/// Where to write. Made before the lab is joined: from within it the machine's files may look otherwise.
#[derive(Debug)]
pub struct Destination {
    place: Place,
}

#[derive(Debug)]
enum Place {
    One(File),
    Ring(Files),
}

/// The files of a ring, in a directory that is held open.
#[derive(Debug)]
struct Files {
    directory: OwnedFd,
    stem: String,
    extension: String,
    ring: Ring,
    number: u64,
    kept: VecDeque<String>,
}

impl Destination {
    /// A file, made anew, or `-`, standard output; with a ring, `NAME.00001.EXT` and on.
    ///
    /// # Errors
    /// It cannot be made; the text says what would do.
    pub fn open(name: &Path, ring: Option<Ring>) -> Result<Self, String> {
        let place = match (name.as_os_str() == "-", ring) {
            (true, Some(_)) => {
                return Err("standard output is no ring of files: name one with -w".to_owned());
            }
            (true, None) => Self::standard_output().map(Place::One),
            (false, None) => File::create(name).map(Place::One),
            (false, Some(ring)) => Files::open(name, ring).map(Place::Ring),
        };
        let place = place.map_err(|error| {
            let name = name.display();
            format!("cannot write to {name}: {error}: name another file with -w")
        })?;
        Ok(Self { place })
    }

    fn standard_output() -> io::Result<File> {
        Ok(File::from(rustix::io::fcntl_dupfd_cloexec(
            io::stdout(),
            3,
        )?))
    }
}

impl Files {
    fn open(name: &Path, ring: Ring) -> io::Result<Self> {
        let parent = match name.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let part = |part: Option<&std::ffi::OsStr>| {
            part.map_or_else(String::new, |part| part.to_string_lossy().into_owned())
        };
        Ok(Self {
            directory: openat(CWD, &parent, flags, Mode::empty())?,
            stem: part(name.file_stem()),
            extension: part(name.extension()),
            ring,
            number: 0,
            kept: VecDeque::new(),
        })
    }

    /// The next file; the oldest gives way.
    fn next(&mut self) -> io::Result<File> {
        if self.kept.len() >= self.ring.files
            && let Some(oldest) = self.kept.pop_front()
        {
            unlinkat(&self.directory, &oldest, AtFlags::empty())?;
        }
        self.number += 1;
        let dot = if self.extension.is_empty() { "" } else { "." };
        let name = format!("{}.{:05}{dot}{}", self.stem, self.number, self.extension);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
        let file = openat(&self.directory, &name, flags, Mode::from_raw_mode(0o666))?;
        self.kept.push_back(name);
        Ok(File::from(file))
    }
}

/// The file that is written now, and what comes after it.
pub struct Output {
    destination: Option<Files>,
    names: Vec<String>,
    snap_length: u32,
    writer: CaptureWriter<Batch>,
    before: u64,
}

impl Output {
    /// Begins to write: what the interfaces are.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(
        destination: Destination,
        names: Vec<String>,
        snap_length: u32,
    ) -> io::Result<Self> {
        let (file, destination) = match destination.place {
            Place::One(file) => (file, None),
            Place::Ring(mut files) => (files.next()?, Some(files)),
        };
        let writer = CaptureWriter::new(Batch::new(file), names.iter().cloned(), snap_length)?;
        let mut output = Self {
            destination,
            names,
            snap_length,
            writer,
            before: 0,
        };
        output.writer.out().whole();
        output.flush()?;
        Ok(output)
    }

    pub(super) fn write(&mut self, frame: &Frame) -> io::Result<()> {
        self.writer.write(frame, &[])?;
        self.writer.out().whole();
        let is_full = self.destination.as_ref().map(|files| files.ring.bytes);
        if is_full.is_some_and(|bytes| self.writer.out().length() >= bytes) {
            self.turn()?;
        }
        Ok(())
    }

    /// Hands everything to the kernel: whoever reads sees it now.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.out().flush()
    }

    /// Bytes written, of all files.
    pub(super) fn bytes(&mut self) -> u64 {
        self.before + self.writer.out().length()
    }

    fn turn(&mut self) -> io::Result<()> {
        self.flush()?;
        let Some(files) = &mut self.destination else {
            return Ok(());
        };
        let batch = Batch::new(files.next()?);
        self.before += self.writer.out().length();
        self.writer = CaptureWriter::new(batch, self.names.iter().cloned(), self.snap_length)?;
        self.writer.out().whole();
        Ok(())
    }

    /// Adds what each interface has received and missed, and ends.
    pub(super) fn finish(self, statistics: &[CaptureStatistics]) -> io::Result<()> {
        self.writer.finish(clock::realtime_nanos(), statistics)
    }
}

/// Bytes on their way to a file, with the places where they may end: so a file on a disk that is full
/// ends with a whole frame.
struct Batch {
    file: File,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    written: u64,
}

impl Batch {
    const fn new(file: File) -> Self {
        Self {
            file,
            bytes: Vec::new(),
            ends: Vec::new(),
            written: 0,
        }
    }

    fn length(&self) -> u64 {
        self.written + self.bytes.len() as u64
    }

    /// What was written so far is whole.
    fn whole(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Takes away what is not whole. A pipe keeps it.
    fn cut(&mut self, done: usize) {
        let end = self.ends.iter().rev().find(|end| **end <= done);
        let whole = self.written + end.map_or(0, |end| *end as u64);
        let _ = self.file.set_len(whole);
        self.written = whole;
    }
}

impl Write for Batch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let mut done = 0;
        let mut result = Ok(());
        while done < bytes.len() && result.is_ok() {
            match self.file.write(&bytes[done..]) {
                Ok(0) => result = Err(ErrorKind::WriteZero.into()),
                Ok(some) => done += some,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => result = Err(error),
            }
        }
        match result {
            Ok(()) => self.written += done as u64,
            Err(_) => self.cut(done),
        }
        self.ends.clear();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_read_with_their_units() {
        let ring = |files, bytes| Ok(Ring { files, bytes });
        assert_eq!("5x10MB".parse(), ring(5, 10_000_000));
        assert_eq!("2x4KiB".parse(), ring(2, 4096));
        assert_eq!("1x1000".parse(), ring(1, 1000));
        for wrong in [
            "",
            "5",
            "x",
            "5x",
            "0x10MB",
            "5x10",
            "5x10XB",
            "-1x1MB",
            "2x99999999999GB",
        ] {
            let error = wrong.parse::<Ring>().unwrap_err();
            assert!(error.contains("5x10MB"), "{wrong}: {error}");
        }
    }

    #[test]
    fn what_is_not_whole_is_cut_off() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abcdefgh").unwrap();
        let mut batch = Batch::new(file);
        batch.ends = vec![3, 6];
        batch.cut(5);
        assert_eq!(
            (batch.written, batch.file.metadata().unwrap().len()),
            (3, 3)
        );
    }
}
