//! What rtnetlink's answers mean: its errors are bare numbers until the kernel's text is read.

use std::io;

use netlink_packet_core::ErrorMessage;

use crate::Error;

const NLMSG_HEADER: usize = 16;
const ATTRIBUTE_HEADER: usize = 4;
/// The text of an extended acknowledgement.
const NLMSGERR_ATTR_MSG: u16 = 1;

/// Names the action in an error of rtnetlink.
pub(crate) fn failed(action: &str, error: rtnetlink::Error) -> Error {
    match error {
        rtnetlink::Error::NetlinkError(message) => Error::Netlink {
            action: action.to_owned(),
            source: message.to_io(),
            text: text(&message),
        },
        rtnetlink::Error::RequestFailed => Error::Netlink {
            action: action.to_owned(),
            source: io::ErrorKind::NotConnected.into(),
            text: "the namespace has been removed, or its runtime has ended".to_owned(),
        },
        other => Error::Answer {
            action: action.to_owned(),
            text: other.to_string(),
        },
    }
}

/// The kernel's own words. The sockets here have their errors capped, so that what follows the
/// header of the request are the attributes.
fn text(message: &ErrorMessage) -> String {
    let mut rest = message.header.get(NLMSG_HEADER..).unwrap_or_default();
    while let Some((header, _)) = rest.split_first_chunk::<ATTRIBUTE_HEADER>() {
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let kind = u16::from_ne_bytes([header[2], header[3]]);
        let Some(value) = rest.get(ATTRIBUTE_HEADER..length) else {
            break;
        };
        if kind == NLMSGERR_ATTR_MSG {
            let value = value.strip_suffix(&[0]).unwrap_or(value);
            return String::from_utf8_lossy(value).into_owned();
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(attributes: &[u8]) -> ErrorMessage {
        let mut message = ErrorMessage::default();
        message.header = vec![0; NLMSG_HEADER];
        message.header.extend_from_slice(attributes);
        message
    }

    #[test]
    fn the_text_is_found_behind_other_attributes() {
        let mut attributes = vec![8, 0, 2, 0, 1, 2, 3, 4];
        attributes.extend_from_slice(&[7, 0, 1, 0, b'n', b'o', 0, 0]);
        assert_eq!(text(&message(&attributes)), "no");
    }

    #[test]
    fn damaged_attributes_give_no_text() {
        for bad in [&[][..], &[1, 0], &[0, 0, 1, 0], &[200, 0, 1, 0, 65]] {
            assert_eq!(text(&message(bad)), "", "{bad:?}");
        }
    }
}
