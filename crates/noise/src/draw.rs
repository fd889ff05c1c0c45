//! Where chance comes from.

/// A source of chance.
pub trait Draw {
    /// The next 32 bits.
    fn word(&mut self) -> u32;

    /// A number below `bound`, nearly evenly spread; 0 where `bound` is 0.
    fn below(&mut self, bound: u32) -> u32 {
        self.word().checked_rem(bound).unwrap_or(0)
    }

    /// True once in `times` on average.
    fn one_in(&mut self, times: u32) -> bool {
        self.below(times) + 1 == times
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// `choices` is empty.
    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let count = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices[self.below(count) as usize]
    }

    /// The next byte.
    fn byte(&mut self) -> u8 {
        let [.., last] = self.below(256).to_be_bytes();
        last
    }

    /// The next 16 bits.
    fn short(&mut self) -> u16 {
        u16::from_be_bytes(self.bytes())
    }

    /// The next bytes.
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.byte())
    }

    /// As many bytes as that.
    fn octets(&mut self, count: u32) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }
}

impl Draw for fastrand::Rng {
    fn word(&mut self) -> u32 {
        self.u32(..)
    }

    fn octets(&mut self, count: u32) -> Vec<u8> {
        let mut octets = vec![0; count as usize];
        self.fill(&mut octets);
        octets
    }
}

/// Chance out of a fuzzer's bytes; zeros when they are used up.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// All of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether the bytes are used up.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        *first
    }
}

impl Draw for Input<'_> {
    fn word(&mut self) -> u32 {
        u32::from_be_bytes([self.take(), self.take(), self.take(), self.take()])
    }

    /// Takes no more bytes than the number needs, so that a fuzzer finds its way.
    fn below(&mut self, bound: u32) -> u32 {
        match bound {
            0 | 1 => 0,
            2..=256 => u32::from(self.take()) % bound,
            _ => self.word() % bound,
        }
    }
}
