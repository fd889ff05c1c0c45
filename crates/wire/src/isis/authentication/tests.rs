//! Digests computed by another implementation, Python's, over bytes put together by hand:
//! ```text
//! python3 -c "import hmac, sys
//! print(hmac.new(b'dcilab-area', bytes.fromhex(sys.argv[1]), 'md5').hexdigest())" $PDU
//! ```
//! with the hexadecimal PDU, its digest and an LSP's lifetime and checksum as zeros. The purge:
//! ```text
//! PDU=831b01001201000000370000020000000002000300000009000001\
//! 0a1136000000000000000000000000000000000d0701020000000001
//! ```

use super::super::golden::{self, SYSTEM_1, SYSTEM_2};
use super::super::{Checksum, Lsp, LspFlags, LspView, Pdu, PurgeOriginator, Tlv};
use super::*;
use crate::isis::set_remaining_lifetime;

const DIGESTS: [u128; 5] = [
    0xfbc0_f26b_2432_107d_3918_225a_6183_0c88, // P2P IIH
    0xfb3c_9547_04b7_cfba_e862_dfd6_1600_2793, // LAN IIH
    0x88a1_4d28_ba57_56e1_78e9_7e6d_fd5d_5bea, // LSP
    0x8065_583a_224e_b287_766a_4473_3b08_8962, // CSNP
    0x6b56_fd7d_679b_cdaa_889b_f98b_2014_8ed2, // PSNP
];

fn key() -> AuthenticationKey {
    "dcilab-area".parse().unwrap()
}

fn signed(mut pdu: Pdu) -> Vec<u8> {
    let blank = Tlv::Authentication(Authentication::blank());
    pdu.tlvs_mut().insert(0, blank);
    let mut bytes = pdu.encode().unwrap();
    sign(&mut bytes, &key()).unwrap();
    bytes
}

fn digest_of(pdu: &[u8]) -> u128 {
    let start = usize::from(pdu[1]) + 3;
    u128::from_be_bytes(pdu[start..start + DIGEST_LEN].try_into().unwrap())
}

fn purge() -> Pdu {
    let id = golden::lsp_id(SYSTEM_2, 3);
    let mut purge = Lsp::purge(id, 9, LspFlags::LEVEL1);
    purge.tlvs.push(Tlv::PurgeOriginator(PurgeOriginator {
        system: SYSTEM_1,
        received_from: None,
    }));
    Pdu::Lsp(purge)
}

#[test]
fn digests_are_those_of_another_implementation() {
    for ((_, pdu), digest) in golden::all().into_iter().zip(DIGESTS) {
        let name = pdu.to_string();
        let bytes = signed(pdu);
        assert_eq!(digest_of(&bytes), digest, "{name}");
        assert_eq!(verify(&bytes, &key()), Ok(Verification::Correct), "{name}");
    }
    let bytes = signed(purge());
    assert_eq!(digest_of(&bytes), 0x742e_4e3e_6d1c_1dec_c94e_3cc5_16ba_ef23);
}

/// Every bit counts, but those of an LSP's lifetime and of its checksum.
#[test]
fn any_changed_bit_is_seen() {
    for (_, pdu) in golden::all() {
        let lsp = pdu.pdu_type() == PduType::Lsp;
        let bytes = signed(pdu);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let free = lsp && (LIFETIME.contains(&(bit / 8)) || CHECKSUM.contains(&(bit / 8)));
            let correct = verify(&changed, &key()) == Ok(Verification::Correct);
            assert_eq!(correct, free, "bit {bit}");
        }
    }
}

#[test]
fn another_key_is_wrong_and_no_digest_is_absent() {
    let other: AuthenticationKey = "dcilab-aree".parse().unwrap();
    for (unsigned, pdu) in golden::all() {
        assert_eq!(verify(unsigned, &key()), Ok(Verification::Absent));
        let bytes = signed(pdu);
        assert_eq!(verify(&bytes, &other), Ok(Verification::Wrong));
    }
    let mut short = golden::p2p_iih();
    let mut value = Authentication::blank();
    value.value.pop();
    short.tlvs.insert(0, Tlv::Authentication(value));
    let bytes = short.encode().unwrap();
    assert_eq!(verify(&bytes, &key()), Ok(Verification::Wrong));
}

#[test]
fn a_signed_lsp_has_its_checksum_and_ages_in_flight() {
    let mut bytes = signed(Pdu::Lsp(golden::lsp()));
    let length = bytes.len();
    set_remaining_lifetime(&mut bytes, 7).unwrap();
    bytes.extend([0xff; 9]); // padding
    assert_eq!(verify(&bytes, &key()), Ok(Verification::Correct));
    let view = LspView::parse(&bytes).unwrap();
    assert_eq!(view.bytes().len(), length);
    assert_eq!(view.checksum(), Checksum::Correct);
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let none = Err(EncodeError::NoAuthentication);
    for (bytes, _) in golden::all() {
        let mut bytes = bytes.to_vec();
        assert_eq!(sign(&mut bytes, &key()), none);
        assert_eq!(sign(&mut bytes[..9], &key()), none);
    }
}

#[test]
fn a_key_is_not_shown_and_not_empty() {
    assert_eq!(format!("{:?}", key()), "AuthenticationKey(..)");
    assert!("".parse::<AuthenticationKey>().is_err());
    use serde::Deserialize as _;
    use serde::de::value::{Error, StrDeserializer};
    let read = |text| AuthenticationKey::deserialize(StrDeserializer::<Error>::new(text));
    assert_eq!(read("dcilab-area"), Ok(key()));
    assert!(read("").is_err());
}
