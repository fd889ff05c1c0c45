//! Work that a link leaves to hardware: inside one machine there is none, and nobody does it.

use std::io;

use crate::Error;
use crate::interface::Request;
use crate::namespace::Namespace;

/// One kind of offload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offload {
    /// Checksums of what is sent; unfinished ones look wrong in captures and to receivers.
    TransmitChecksum,
    /// Segmentation of TCP: frames larger than the MTU.
    TcpSegmentation,
    /// Segmentation of the rest, as late as possible.
    GenericSegmentation,
    /// Merging of received segments: frames larger than the MTU again.
    GenericReceive,
}

impl Offload {
    /// In the order in which they depend on each other.
    const ALL: [Self; 4] = [
        Self::TcpSegmentation,
        Self::GenericSegmentation,
        Self::TransmitChecksum,
        Self::GenericReceive,
    ];

    /// `ETHTOOL_S...` of `linux/ethtool.h`.
    fn command(self) -> u32 {
        match self {
            Self::TransmitChecksum => 0x17,
            Self::TcpSegmentation => 0x1f,
            Self::GenericSegmentation => 0x24,
            Self::GenericReceive => 0x2c,
        }
    }
}

/// An offload that could not be turned off.
#[derive(Debug, thiserror::Error)]
#[error("{offload:?} cannot be turned off: {source}")]
pub struct Refused {
    /// Which.
    pub offload: Offload,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Turns the offloads of a link off. Returns those that the kernel kept on.
///
/// # Errors
/// The name is impossible, or no request could be made at all.
pub async fn disable_tx(namespace: &Namespace, name: &str) -> Result<Vec<Refused>, Error> {
    let name = name.to_owned();
    namespace
        .run(move || {
            let mut request = Request::new(&name)?;
            Ok(Offload::ALL
                .into_iter()
                .filter_map(|offload| {
                    let source = turn_off(&mut request, offload).err()?;
                    Some(Refused { offload, source })
                })
                .collect())
        })
        .await?
}

/// `struct ethtool_value` of `linux/ethtool.h`.
#[repr(C)]
struct EthtoolValue {
    command: u32,
    data: u32,
}

fn turn_off(request: &mut Request, offload: Offload) -> io::Result<()> {
    let mut value = EthtoolValue {
        command: offload.command(),
        data: 0,
    };
    request.call_with(libc::SIOCETHTOOL, &mut value)
}
