//! A set of VLANs, as people write it: `[100, 200, "300-310"]`.

use core::fmt;

use serde::de::{SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::VlanId;

/// Bits that stand for VLAN IDs, the two reserved ones among them.
const BITS: usize = 4096;

/// Any of the 4094 VLANs. Asking whether one is in it costs the same however many are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct VlanSet(Bits);

#[derive(Clone, PartialEq, Eq)]
struct Bits(Box<[u64; BITS / 64]>);

impl Default for Bits {
    fn default() -> Self {
        Self(Box::new([0; BITS / 64]))
    }
}

impl VlanSet {
    /// Adds a VLAN; one that is in it already stays.
    pub fn insert(&mut self, vlan: VlanId) {
        let (word, bit) = place(vlan);
        self.0.0[word] |= bit;
    }

    /// Whether a VLAN is in it.
    #[must_use]
    pub fn contains(&self, vlan: VlanId) -> bool {
        let (word, bit) = place(vlan);
        self.0.0[word] & bit != 0
    }

    /// Whether no VLAN is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.0.iter().all(|word| *word == 0)
    }

    /// The VLANs, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = VlanId> {
        let ids = (0..=4095).filter_map(|id| VlanId::new(id).ok());
        ids.filter(|vlan| self.contains(*vlan))
    }

    /// The set in as few ranges as possible, first and last VLAN of each, lowest first.
    fn ranges(&self) -> Vec<(VlanId, VlanId)> {
        let mut ranges: Vec<(VlanId, VlanId)> = Vec::new();
        for vlan in self.iter() {
            match ranges.last_mut() {
                Some((_, last)) if last.get() + 1 == vlan.get() => *last = vlan,
                _ => ranges.push((vlan, vlan)),
            }
        }
        ranges
    }
}

fn place(vlan: VlanId) -> (usize, u64) {
    let id = usize::from(vlan.get());
    (id / 64, 1 << (id % 64))
}

impl FromIterator<VlanId> for VlanSet {
    fn from_iter<I: IntoIterator<Item = VlanId>>(vlans: I) -> Self {
        let mut set = Self::default();
        vlans.into_iter().for_each(|vlan| set.insert(vlan));
        set
    }
}

/// As in `100, 200, 300-310`.
impl fmt::Display for VlanSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (first, last)) in self.ranges().into_iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{first}")?;
            if first != last {
                write!(f, "-{last}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for VlanSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VlanSet({self})")
    }
}

impl Serialize for VlanSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items = self
            .ranges()
            .into_iter()
            .map(|(first, last)| Item { first, last });
        serializer.collect_seq(items)
    }
}

impl<'de> Deserialize<'de> for VlanSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = VlanSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of VLANs, as in [100, 200, \"300-310\"]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<VlanSet, A::Error> {
                let mut set = VlanSet::default();
                while let Some(Item { first, last }) = items.next_element()? {
                    let ids = first.get()..=last.get();
                    ids.filter_map(|id| VlanId::new(id).ok())
                        .for_each(|vlan| set.insert(vlan));
                }
                Ok(set)
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

/// What stands in a list: `100` or `"300-310"`.
struct Item {
    first: VlanId,
    last: VlanId,
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.first == self.last {
            true => self.first.serialize(serializer),
            false => serializer.collect_str(&format_args!("{}-{}", self.first, self.last)),
        }
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrRange;
        impl Visitor<'_> for OneOrRange {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a VLAN ID as in 100, or a range as in \"300-310\", lowest first")
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Item, E> {
                let vlan = VlanId::try_from(id).map_err(E::custom)?;
                Ok(Item {
                    first: vlan,
                    last: vlan,
                })
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<Item, E> {
                let wrong = |_| E::invalid_value(Unexpected::Signed(id), &self);
                u64::try_from(id)
                    .map_err(wrong)
                    .and_then(|id| self.visit_u64(id))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
                let wrong = || E::invalid_value(Unexpected::Str(text), &self);
                let (first, last) = text.split_once('-').ok_or_else(wrong)?;
                let id = |text: &str| {
                    let id = text.trim().parse::<u64>().map_err(|_| wrong())?;
                    VlanId::try_from(id).map_err(E::custom)
                };
                let (first, last) = (id(first)?, id(last)?);
                match first <= last {
                    true => Ok(Item { first, last }),
                    false => Err(wrong()),
                }
            }
        }
        deserializer.deserialize_any(OneOrRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(json: &str) -> Result<VlanSet, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    fn vlan(id: u16) -> VlanId {
        VlanId::new(id).unwrap()
    }

    #[test]
    fn lists_go_both_ways_in_as_few_ranges_as_possible() {
        for (written, shown) in [
            ("[]", "[]"),
            ("[100]", "[100]"),
            (r#"[200, 100, "300-310"]"#, r#"[100,200,"300-310"]"#),
            (r#"[1, 2, 3, "3-5", 7]"#, r#"["1-5",7]"#),
            (r#"["1-4094"]"#, r#"["1-4094"]"#),
            (r#"["63-64"]"#, r#"["63-64"]"#),
        ] {
            let set = set(written).unwrap();
            assert_eq!(serde_json::to_string(&set).unwrap(), shown, "{written}");
        }
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let set: VlanSet = [1, 63, 64, 4094].into_iter().map(vlan).collect();
        let found: Vec<_> = set.iter().map(VlanId::get).collect();
        assert_eq!(found, [1, 63, 64, 4094]);
        assert!(!set.contains(vlan(2)) && !set.contains(vlan(65)) && !set.is_empty());
        assert_eq!(set.to_string(), "1, 63-64, 4094");
        assert!(VlanSet::default().is_empty());
    }

    #[test]
    fn what_is_no_vlan_is_refused_with_what_would_do() {
        for (written, says) in [
            ("[0]", "0 is not a VLAN ID"),
            ("[4095]", "use 1 to 4094"),
            ("[70000]", "70000 is not a VLAN ID"),
            ("[-1]", "\"300-310\""),
            (r#"["100"]"#, "\"300-310\""),
            (r#"["310-300"]"#, "lowest first"),
            (r#"["1-2-3"]"#, "\"300-310\""),
            (r#"["300-4095"]"#, "4095 is not a VLAN ID"),
            (r#"["-5"]"#, "\"300-310\""),
            ("100", "a list of VLANs"),
        ] {
            let error = set(written).unwrap_err();
            assert!(error.contains(says), "{written}: {error}");
        }
    }
}
