//! Seeds of what is random on a path.

/// FNV-1a of 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// The seed of the path from one site to another. It goes by names, so that another site in the file
/// changes nothing for these two.
#[must_use]
pub fn path_seed(seed: u64, from: &str, to: &str) -> u64 {
    let mut hash = BASIS;
    let separated = [
        &seed.to_be_bytes()[..],
        from.as_bytes(),
        &[0],
        to.as_bytes(),
    ];
    for byte in separated.into_iter().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    hash
}

/// A stream of its own for each thing that is random, so that none shifts the others.
pub(crate) fn stream(path_seed: u64, what: &str) -> fastrand::Rng {
    fastrand::Rng::with_seed(crate::path_seed(path_seed, what, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_direction_and_seed_has_its_own() {
        let seeds = [
            path_seed(1, "a", "b"),
            path_seed(1, "b", "a"),
            path_seed(2, "a", "b"),
            path_seed(1, "ab", ""),
            path_seed(1, "", "ab"),
        ];
        for (n, seed) in seeds.iter().enumerate() {
            assert!(!seeds[..n].contains(seed), "{n}");
        }
    }
}
