use core::time::Duration;
use std::borrow::Cow;
use std::fs;

use meter::{FlowId, Probe, Sequence};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::pcapng::PcapNgWriter;
use tempfile::TempDir;

use super::*;

/// A probe from 10.0.0.1 to 10.0.0.2, as a frame.
fn frame(number: u32) -> Vec<u8> {
    let mut payload = [0; 24];
    let probe = Probe {
        flow: FlowId(1),
        sequence: Sequence(number),
        sent_at: Timestamp::ZERO,
    };
    probe.encode(&mut payload).unwrap();
    let builder = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .udp(5000, 5000);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, &payload).unwrap();
    bytes
}

fn described(resolution: Option<u8>, linktype: DataLink) -> InterfaceDescriptionBlock<'static> {
    let mut options = vec![InterfaceDescriptionOption::IfName(Cow::Borrowed(
        "vm1:eth0",
    ))];
    options.extend(resolution.map(InterfaceDescriptionOption::IfTsResol));
    InterfaceDescriptionBlock {
        linktype,
        snaplen: 1700,
        options,
    }
}

/// A file with two probes, at `stamps` in units of its resolution.
fn pcapng(resolution: Option<u8>, stamps: [u64; 2]) -> Vec<u8> {
    let mut writer = PcapNgWriter::new(Vec::new()).unwrap();
    let block = described(resolution, DataLink::ETHERNET);
    writer.write_pcapng_block(block).unwrap();
    for (number, stamp) in (0..).zip(stamps) {
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_nanos(stamp),
            original_len: 66,
            data: Cow::Owned(frame(number)),
            options: vec![EnhancedPacketOption::Flags(1 + number)],
        };
        writer.write_pcapng_block(block).unwrap();
    }
    writer.into_inner()
}

fn read(bytes: &[u8]) -> Result<CaptureFile, CaptureFileError> {
    let place = TempDir::new().unwrap();
    let file = place.path().join("some.pcap");
    fs::write(&file, bytes).unwrap();
    CaptureFile::read(&[file])
}

fn stamps(capture: &CaptureFile) -> Vec<u64> {
    capture.records.iter().map(|r| r.at.as_nanos()).collect()
}

#[test]
fn stamps_are_read_in_the_unit_that_the_file_says() {
    let cases = [
        (
            Some(9),
            [1_000_000_000, 1_000_000_001],
            [1_000_000_000, 1_000_000_001],
        ),
        (
            Some(6),
            [1_000_000, 1_000_001],
            [1_000_000_000, 1_000_001_000],
        ),
        // Without a word: microseconds.
        (None, [1_000_000, 1_000_001], [1_000_000_000, 1_000_001_000]),
        (Some(3), [1000, 1001], [1_000_000_000, 1_001_000_000]),
        // 2 to the minus 10.
        (Some(0x8a), [1024, 1536], [1_000_000_000, 1_500_000_000]),
        (
            Some(12),
            [1_000_000_000_000, 1_000_000_001_000],
            [1_000_000_000, 1_000_000_001],
        ),
    ];
    for (resolution, written, expected) in cases {
        let capture = read(&pcapng(resolution, written)).unwrap();
        assert_eq!(stamps(&capture), expected, "{resolution:?}");
        assert_eq!(capture.end.as_nanos(), expected[1]);
        assert_eq!(capture.points, ["vm1:eth0"]);
        let ways: Vec<_> = capture.records.iter().map(|r| r.direction).collect();
        assert_eq!(ways, [Some(Direction::In), Some(Direction::Out)]);
    }
}

#[test]
fn the_old_format_is_read_with_its_files_name() {
    let header = PcapHeader {
        datalink: DataLink::ETHERNET,
        ..PcapHeader::default()
    };
    let mut writer = PcapWriter::with_header(Vec::new(), header).unwrap();
    let data = frame(7);
    let length = u32::try_from(data.len()).unwrap();
    let packet = PcapPacket::new(Duration::from_micros(5_000_001), length, &data);
    writer.write_packet(&packet).unwrap();
    let capture = read(&writer.into_writer()).unwrap();
    assert_eq!(stamps(&capture), [5_000_001_000]);
    assert_eq!(
        (capture.points, capture.frames),
        (vec!["some".to_owned()], 1)
    );
    assert_eq!(capture.records[0].direction, None);
}

#[test]
fn files_of_several_places_are_one_capture() {
    let place = TempDir::new().unwrap();
    let files = ["a.pcapng", "b.pcapng"].map(|name| place.path().join(name));
    for file in &files {
        fs::write(file, pcapng(Some(9), [1, 2])).unwrap();
    }
    let capture = CaptureFile::read(&files).unwrap();
    let points: Vec<_> = capture.records.iter().map(|r| r.point.0).collect();
    assert_eq!(points, [0, 0, 1, 1]);
}

#[test]
fn what_is_no_capture_of_probes_is_told_with_the_cure() {
    let mut writer = PcapNgWriter::new(Vec::new()).unwrap();
    let block = described(None, DataLink::LINUX_SLL2);
    writer.write_pcapng_block(block).unwrap();
    let any = writer.into_inner();
    let mut whole = pcapng(Some(9), [1, 2]);
    whole.truncate(whole.len() - 7);
    let nothing = PcapWriter::new(Vec::new()).unwrap().into_writer();
    let cases: [(&[u8], &str); 6] = [
        (b"", "empty"),
        (b"{\"runs\": []}", "neither pcapng nor pcap"),
        (&any, "not on `any`"),
        (&whole, "after frame 1: it ends in the middle of a block"),
        (&nothing, "no probe of dcilab in 0 frames"),
        (
            &[0x0a, 0x0d, 0x0d, 0x0a, 1, 2],
            "damaged or cut off after frame 0",
        ),
    ];
    for (bytes, says) in cases {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(error.contains("some.pcap"), "{error}");
    }
    let missing = CaptureFile::read(&["/nowhere/x.pcap".into()]).unwrap_err();
    assert!(missing.to_string().contains("No such file"), "{missing}");
}

#[test]
fn a_file_cut_or_damaged_anywhere_is_an_error_or_a_shorter_capture() {
    let whole = pcapng(Some(9), [1, 2]);
    for length in 0..whole.len() {
        if let Ok(capture) = read(&whole[..length]) {
            assert!(capture.records.len() < 2, "{length}");
        }
    }
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..500 {
        let mut damaged = whole.clone();
        for _ in 0..3 {
            let at = random.usize(..damaged.len());
            damaged[at] = random.u8(..);
        }
        if let Ok(capture) = read(&damaged) {
            assert!(capture.records.len() <= 2);
        }
    }
}
