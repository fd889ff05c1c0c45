//! How devices and EVI links are named and numbered.

use wire::SystemId;

use super::Ed;

/// Name of the EVI link to a device, as in `remote evi-c`.
pub fn link_name(peer: Ed) -> String {
    format!(
        "evi-{}",
        char::from(b'a' + u8::try_from(peer).expect("few devices"))
    )
}

pub fn system(ed: Ed) -> SystemId {
    SystemId::new([2, 0, 0, 0, 0, u8::try_from(ed + 1).expect("few devices")])
}
