//! The Fletcher checksum of LSPs (ISO 8473 s6.11, ISO 10589 s7.3.11).
//!
//! Two sums modulo 255 over all covered bytes; the two check bytes make both zero. Neither check byte
//! is ever 0, so that a checksum field of 0 means "none".

/// Result of a checksum test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It fits the contents.
    Correct,
    /// It does not: the LSP was damaged.
    Wrong,
    /// The field is 0: there is none. Valid in purges only.
    Absent,
}

/// Tests bytes that contain their checksum.
pub(super) fn verify(covered: &[u8]) -> Checksum {
    match sums(covered) {
        (0, 0) => Checksum::Correct,
        _ => Checksum::Wrong,
    }
}

/// The check bytes for `covered`, in which they are zero and stand at `position`.
pub(super) fn compute(covered: &[u8], position: usize) -> [u8; 2] {
    let (c0, c1) = sums(covered);
    // Bytes after the first check byte, modulo 255: its weight in the second sum.
    let weight = u32::try_from((covered.len() - position - 1) % 255).unwrap_or_default();
    let x = (weight * c0 + 255 - c1) % 255;
    let y = (510 - c0 - x) % 255;
    [nonzero(x), nonzero(y)]
}

/// 255 stands for 0, which it equals modulo 255.
fn nonzero(value: u32) -> u8 {
    u8::try_from(value).ok().filter(|&b| b != 0).unwrap_or(255)
}

fn sums(bytes: &[u8]) -> (u32, u32) {
    // 4096 bytes keep both sums far below 2^32 between reductions.
    bytes.chunks(4096).fold((0, 0), |sums, chunk| {
        let (c0, c1) = chunk.iter().fold(sums, |(c0, c1), &byte| {
            let c0 = c0 + u32::from(byte);
            (c0, c1 + c0)
        });
        (c0 % 255, c1 % 255)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LSP 0200.0000.0001.00-00, sequence 1, flags 01, no TLVs.
    const COVERED: [u8; 15] = [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xdc, 0x1e, 1];

    #[test]
    fn measured_vector() {
        let mut blank = COVERED;
        blank[12..14].fill(0);
        assert_eq!(compute(&blank, 12), [0xdc, 0x1e]);
        assert_eq!(verify(&COVERED), Checksum::Correct);
    }

    #[test]
    fn any_changed_bit_is_seen() {
        for bit in 0..COVERED.len() * 8 {
            let mut damaged = COVERED;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verify(&damaged), Checksum::Wrong, "bit {bit}");
        }
    }

    #[test]
    fn check_bytes_are_never_zero_and_always_fit() {
        for seed in 0..2000_usize {
            let len = 14 + seed * 37 % 10_000;
            let mut bytes: Vec<u8> = (0..len)
                .map(|i| u8::try_from(i * seed % 251).unwrap())
                .collect();
            bytes[12..14].fill(0);
            let check = compute(&bytes, 12);
            assert!(!check.contains(&0));
            bytes[12..14].copy_from_slice(&check);
            assert_eq!(verify(&bytes), Checksum::Correct, "length {len}");
        }
    }
}
