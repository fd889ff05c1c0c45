//! Damage on the way.

use crate::Draw;

/// Changes, cuts, stretches or repeats some of `bytes`, one to four times.
pub fn damage(draw: &mut impl Draw, bytes: &mut Vec<u8>) {
    for _ in 0..=draw.below(4) {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let at = draw.below(length) as usize;
        match draw.below(6) {
            0 => bytes.truncate(at),
            1 => {
                let count = draw.below(40);
                bytes.extend(draw.octets(count));
            }
            2 if at < bytes.len() => {
                let end = bytes.len().min(at + draw.below(16) as usize);
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            3 if at < bytes.len() => bytes[at] = draw.one_of(&[0, 1, 0x7f, 0x80, 0xff]),
            _ if at < bytes.len() => bytes[at] ^= 1 << draw.below(8),
            _ => {}
        }
    }
}
