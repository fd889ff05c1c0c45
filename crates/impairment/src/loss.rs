//! Which packets are lost.

use crate::{Impairment, Share};

/// Losses one by one, or in bursts.
#[derive(Clone, Debug)]
pub(crate) enum Loss {
    /// Each packet by itself.
    Single(Share),
    /// Two states (Gilbert 1960): what comes in the bad one is lost.
    Burst {
        /// Good to bad, after each packet.
        worsen: f64,
        /// Bad to good, after each packet.
        recover: f64,
        /// Whether the next packet finds the bad state.
        is_bad: bool,
    },
}

impl Loss {
    /// The mean time in the bad state is `burst` packets; the share of time in it is `loss`.
    pub(crate) fn new(asked: &Impairment) -> Self {
        match asked.burst {
            None => Self::Single(asked.loss),
            Some(burst) => {
                let (recover, loss) = (1.0 / f64::from(burst), asked.loss.as_fraction());
                Self::Burst {
                    worsen: recover * loss / (1.0 - loss),
                    recover,
                    is_bad: false,
                }
            }
        }
    }

    /// Whether the next packet is lost. One number is drawn for each at the most.
    pub(crate) fn loses(&mut self, random: &mut fastrand::Rng) -> bool {
        match self {
            Self::Single(share) => share.draw(random),
            Self::Burst {
                worsen,
                recover,
                is_bad,
            } => {
                let lost = *is_bad;
                let change = if lost { *recover } else { *worsen };
                if random.f64() < change {
                    *is_bad = !lost;
                }
                lost
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(asked: &Impairment, seed: u64, packets: usize) -> Vec<bool> {
        let mut random = crate::seed::stream(seed, "loss");
        let mut loss = Loss::new(asked);
        (0..packets).map(|_| loss.loses(&mut random)).collect()
    }

    fn asked(loss: &str, burst: Option<u32>) -> Impairment {
        Impairment {
            loss: loss.parse().unwrap(),
            burst,
            ..Impairment::default()
        }
    }

    fn bursts(losses: &[bool]) -> usize {
        let starts = losses.windows(2).filter(|pair| pair == &[false, true]);
        starts.count() + usize::from(losses.first() == Some(&true))
    }

    #[test]
    fn bursts_have_the_mean_length_and_the_mean_loss() {
        const PACKETS: usize = 2_000_000;
        for (loss, burst) in [("1%", 8), ("10%", 3), ("0.5%", 20), ("40%", 1)] {
            let asked = asked(loss, Some(burst));
            let found = losses(&asked, 7, PACKETS);
            let lost = found.iter().filter(|lost| **lost).count();
            let mean = lost as f64 / bursts(&found) as f64;
            let share = lost as f64 / PACKETS as f64;
            assert!(
                (mean / f64::from(burst) - 1.0).abs() < 0.12,
                "{loss} {burst}: {mean}"
            );
            let wanted = asked.loss.as_fraction();
            assert!(
                (share / wanted - 1.0).abs() < 0.15,
                "{loss} {burst}: {share}"
            );
        }
    }

    #[test]
    fn single_losses_do_not_come_together() {
        let found = losses(&asked("20%", None), 3, 200_000);
        let lost = found.iter().filter(|lost| **lost).count();
        let mean = lost as f64 / bursts(&found) as f64;
        assert!((mean - 1.25).abs() < 0.02, "1 / (1 - loss), not {mean}");
    }

    #[test]
    fn a_seed_repeats_itself() {
        let asked = asked("5%", Some(4));
        assert_eq!(losses(&asked, 1, 5000), losses(&asked, 1, 5000));
        assert_ne!(losses(&asked, 1, 5000), losses(&asked, 2, 5000));
    }
}
