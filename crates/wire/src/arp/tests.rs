use super::*;

const MAC: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 1]);
const IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 7);
const OTHER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 8);

const GRATUITOUS: [u8; 42] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, // Ethernet
    0, 1, 8, 0, 6, 4, 0, 1, // format, request
    2, 0, 0, 0, 0, 1, 10, 0, 0, 7, // sender
    0, 0, 0, 0, 0, 0, 10, 0, 0, 7, // target
];
const REVERSE: [u8; 42] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x80, 0x35, // Ethernet
    0, 1, 8, 0, 6, 4, 0, 3, // format, reverse request
    2, 0, 0, 0, 0, 1, 0, 0, 0, 0, // sender
    2, 0, 0, 0, 0, 1, 0, 0, 0, 0, // target
];

fn decode(bytes: &[u8]) -> Option<Result<ArpPacket, DecodeError>> {
    ArpPacket::from_frame(&FrameRef::parse(bytes).unwrap())
}

fn error_name(bytes: &[u8]) -> &'static str {
    decode(bytes).unwrap().unwrap_err().name()
}

fn kind(operation: u16, sender: Ipv4Addr, target_mac: MacAddr, target: Ipv4Addr) -> ArpKind {
    let bytes = broadcast(
        EtherType::ARP,
        operation,
        (MAC, sender),
        (target_mac, target),
    );
    decode(&bytes).unwrap().unwrap().kind
}

#[test]
fn r2_gratuitous_request_goes_both_ways() {
    let frame = encode_gratuitous_request(MAC, IP);
    assert_eq!(frame[..42], GRATUITOUS);
    assert_eq!(frame[42..], [0; 18]);
    let packet = decode(&frame).unwrap().unwrap();
    assert_eq!((packet.sender_mac, packet.claimed_ip()), (MAC, Some(IP)));
    assert_eq!((packet.target_ip, packet.kind), (IP, ArpKind::Announcement));
}

#[test]
fn rarp_goes_both_ways_and_claims_no_ip() {
    let frame = encode_rarp(MAC);
    assert_eq!(frame[..42], REVERSE);
    assert_eq!(frame[42..], [0; 18]);
    let packet = decode(&frame).unwrap().unwrap();
    assert_eq!((packet.kind, packet.sender_mac), (ArpKind::Rarp, MAC));
    assert_eq!(packet.claimed_ip(), None);
}

#[test]
fn a_probe_is_told_apart_and_claims_no_ip() {
    let packet = decode(&encode_probe(MAC, IP)).unwrap().unwrap();
    assert_eq!((packet.kind, packet.target_ip), (ArpKind::Probe, IP));
    assert!(!packet.kind.announces());
    assert_eq!(packet.claimed_ip(), None);
}

#[test]
fn a_reply_goes_to_who_asked_and_is_no_announcement() {
    let asker = MacAddr::new([2, 0, 0, 0, 0, 2]);
    let frame = encode_reply((MAC, IP), (asker, OTHER));
    assert_eq!(frame[..12], [asker.octets(), MAC.octets()].concat());
    let packet = decode(&frame).unwrap().unwrap();
    assert_eq!(
        (packet.kind, packet.sender_mac, packet.sender_ip),
        (ArpKind::Reply, MAC, IP)
    );
    assert_eq!((packet.target_mac, packet.target_ip), (asker, OTHER));
    assert!(!packet.kind.announces());
}

#[test]
fn r4_every_kind_is_told_apart() {
    let zero = MacAddr::ZERO;
    let none = Ipv4Addr::UNSPECIFIED;
    for (found, expected, announces) in [
        (kind(1, IP, zero, IP), ArpKind::Announcement, true),
        (kind(1, IP, MAC, IP), ArpKind::GratuitousRequest, true),
        (
            kind(1, IP, MacAddr::BROADCAST, IP),
            ArpKind::GratuitousRequest,
            true,
        ),
        (kind(2, IP, zero, IP), ArpKind::GratuitousReply, true),
        (kind(2, IP, MAC, IP), ArpKind::GratuitousReply, true),
        (kind(1, none, zero, IP), ArpKind::Probe, false),
        (kind(1, none, zero, none), ArpKind::Probe, false),
        (kind(1, IP, zero, OTHER), ArpKind::Request, false),
        (kind(2, IP, MAC, OTHER), ArpKind::Reply, false),
        (kind(2, none, MAC, none), ArpKind::Reply, false),
    ] {
        assert_eq!((found, found.announces()), (expected, announces));
    }
}

#[test]
fn a_probe_claims_nothing() {
    let target = (MacAddr::ZERO, IP);
    let sender = (MAC, Ipv4Addr::UNSPECIFIED);
    let probe = broadcast(EtherType::ARP, REQUEST, sender, target);
    assert_eq!(decode(&probe).unwrap().unwrap().claimed_ip(), None);
}

#[test]
fn other_protocols_are_none_of_it() {
    let mut frame = GRATUITOUS;
    frame[13] = 0;
    assert_eq!(decode(&frame), None);
}

#[test]
fn what_is_not_ours_is_named() {
    for (offset, value, name) in [
        (15, 6, "arp-format"),
        (18, 8, "arp-format"),
        (21, 3, "arp-operation"), // a reverse request does not come as ARP
        (21, 0, "arp-operation"),
        (22, 3, "arp-sender"), // a group address
    ] {
        let mut frame = GRATUITOUS;
        frame[offset] = value;
        assert_eq!(error_name(&frame), name, "byte {offset}");
    }
    let mut frame = REVERSE;
    frame[21] = 4; // a server's answer announces nobody
    assert_eq!(error_name(&frame), "arp-operation");
    let frame = encode_gratuitous_request(MacAddr::ZERO, IP);
    assert_eq!(error_name(&frame), "arp-sender");
}

#[test]
fn truncation_is_refused_at_every_length() {
    for len in 14..GRATUITOUS.len() {
        assert_eq!(error_name(&GRATUITOUS[..len]), "truncated", "length {len}");
    }
}

#[test]
fn etherparse_reads_the_same() {
    let reply = encode_reply((MAC, IP), (MacAddr::new([2, 0, 0, 0, 0, 2]), OTHER));
    for frame in [encode_gratuitous_request(MAC, IP), encode_rarp(MAC), reply] {
        let arp = etherparse::ArpPacketSlice::from_slice(&frame[14..42]).unwrap();
        let ours = decode(&frame).unwrap().unwrap();
        assert_eq!(arp.sender_hw_addr(), ours.sender_mac.octets());
        assert_eq!(arp.sender_protocol_addr(), ours.sender_ip.octets());
        assert_eq!(arp.target_hw_addr(), ours.target_mac.octets());
        assert_eq!(arp.target_protocol_addr(), ours.target_ip.octets());
    }
}
