use etherparse::PacketBuilder;
use wire::arp;

use super::*;

const VM: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 1]);
const OTHER: MacAddr = MacAddr::new([2, 0, 0, 0, 0, 2]);
const VM_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const OTHER_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

fn hosts(name: &str) -> Result<HostAddresses, String> {
    match name {
        "vm1" => Ok(HostAddresses {
            mac: Some(VM),
            ip: Some(VM_IP),
        }),
        other => Err(unknown("host", other, ["vm1"])),
    }
}

fn takes(filter: &str, frame: &[u8]) -> bool {
    let parsed = Filter::parse(filter, hosts);
    parsed
        .unwrap_or_else(|error| panic!("{filter}: {error}"))
        .takes(frame)
}

fn garp() -> Vec<u8> {
    arp::encode_gratuitous_request(VM, VM_IP).to_vec()
}

fn tagged(frame: &[u8], vlan: u16) -> Vec<u8> {
    let [high, low] = vlan.to_be_bytes();
    [&frame[..12], &[0x81, 0, high, low], &frame[12..]].concat()
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let built = PacketBuilder::ethernet2(VM.octets(), OTHER.octets())
        .ipv4(VM_IP.octets(), OTHER_IP.octets(), 64)
        .udp(5, 6);
    built.write(&mut bytes, payload).unwrap();
    bytes
}

fn isis() -> Vec<u8> {
    let mut bytes = vec![1, 0x80, 0xc2, 0, 0, 0x15, 2, 0, 0, 0, 0, 9, 0, 20];
    bytes.extend(ISIS);
    bytes.extend([0; 16]);
    bytes
}

fn in_gre(frame: &[u8]) -> Vec<u8> {
    let mut header = [0; 4];
    GreHeader::PLAIN.write_to(&mut header).unwrap();
    let mut bytes = Vec::new();
    let built = PacketBuilder::ethernet2([2, 9, 9, 9, 9, 1], [2, 9, 9, 9, 9, 2]).ip(
        etherparse::IpHeaders::Ipv4(
            etherparse::Ipv4Header::new(0, 64, IpNumber::GRE, [198, 18, 0, 2], [198, 18, 0, 6])
                .unwrap(),
            etherparse::Ipv4Extensions::default(),
        ),
    );
    let payload = [&header, frame].concat();
    built.write(&mut bytes, IpNumber::GRE, &payload).unwrap();
    bytes
}

#[test]
fn kinds_are_told_apart() {
    let frames = [("arp", garp()), ("isis", isis()), ("udp", udp(b"x"))];
    for (kind, _) in &frames {
        for (other, frame) in &frames {
            assert_eq!(takes(kind, frame), kind == other, "{kind} of {other}");
        }
    }
    assert!(takes("ip", &udp(b"x")) && !takes("ip", &garp()));
    assert!(takes("probe", &udp(b"DCIPROBE..")) && !takes("probe", &udp(b"x")));
    assert!(takes("broadcast", &garp()) && !takes("broadcast", &udp(b"x")));
    assert!(!takes("tcp or icmp or gre", &udp(b"x")));
}

#[test]
fn what_is_in_a_tunnel_is_looked_at_too() {
    let tunnelled = in_gre(&garp());
    assert!(
        takes("arp", &tunnelled) && takes("gre", &tunnelled) && takes("gre and arp", &tunnelled)
    );
    assert!(!takes("arp and not gre", &tunnelled) && takes("arp and not gre", &garp()));
    assert!(!takes("isis", &tunnelled) && takes("isis", &in_gre(&isis())));
    assert!(takes("host 198.18.0.2 and host vm1", &tunnelled));
}

#[test]
fn tags_are_seen_through() {
    let frame = tagged(&garp(), 100);
    assert!(
        takes("vlan 100", &frame) && takes("vlan", &frame) && takes("arp and vlan 100", &frame)
    );
    assert!(!takes("vlan 101", &frame) && !takes("vlan", &garp()));
}

#[test]
fn hosts_are_known_by_any_address() {
    let frame = udp(b"x");
    for filter in [
        "host vm1",
        "src vm1",
        "src host 10.0.0.1",
        "dst 10.0.0.2",
        "ip host 10.0.0.2",
        "ether host 02:00:00:00:00:02",
        "ether src 02:00:00:00:00:01",
        "host 02:00:00:00:00:01",
    ] {
        assert!(takes(filter, &frame), "{filter}");
    }
    for filter in ["dst vm1", "host 10.0.0.3", "ether dst 02:00:00:00:00:01"] {
        assert!(!takes(filter, &frame), "{filter}");
    }
    // In ARP the addresses are in its own body.
    assert!(takes("host 10.0.0.1", &garp()) && !takes("host 10.0.0.2", &garp()));
}

#[test]
fn words_bind_as_in_tcpdump() {
    assert!(takes("arp or udp and vlan 7", &garp()));
    assert!(!takes("(arp or udp) and vlan 7", &garp()));
    assert!(takes("!(udp||isis)&&arp", &garp()));
    assert!(takes("not not arp", &garp()));
}

#[test]
fn what_is_not_understood_is_said_with_what_would_be() {
    for (filter, says) in [
        ("", "a kind of frame is missing"),
        ("isi", "did you mean `isis`"),
        ("port 80", "no word `port`"),
        ("arp and", "is missing at the end"),
        ("(arp", "not closed"),
        ("arp)", "no word `)`"),
        ("arp udp", "`udp`"),
        ("vlan 5000", "no VLAN 5000"),
        ("ether host vm1", "`vm1` is no MAC address"),
        ("host vm2", "did you mean `vm1`"),
    ] {
        let error = Filter::parse(filter, hosts).unwrap_err().to_string();
        assert!(error.contains(says), "{filter}: {error}");
        assert!(error.contains("tshark -Y"), "{error}");
    }
    for long in ["(", "not ", "arp or "] {
        assert!(Filter::parse(&long.repeat(100), hosts).is_err(), "{long}");
        assert!(
            Filter::parse(&long.repeat(100_000), hosts).is_err(),
            "{long}"
        );
    }
}

#[test]
fn no_frame_is_too_short_or_too_odd() {
    let filter = Filter::parse("arp or isis or host vm1 or probe or vlan 3 or gre", hosts).unwrap();
    for frame in [
        garp(),
        in_gre(&garp()),
        tagged(&udp(b"DCIPROBE"), 7),
        isis(),
    ] {
        for end in 0..frame.len() {
            let _ = filter.takes(&frame[..end]);
        }
    }
}
