//! What a socket needs to know of an interface.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use wire::MacAddr;

use crate::Error;

/// The longest interface name, in bytes (`IFNAMSIZ` less the final zero).
pub const NAME_LENGTH_MAX: usize = libc::IFNAMSIZ - 1;

/// An interface, as it was when it was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its index, unique within a network namespace.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its MAC address; zero for an interface that has none.
    pub mac: MacAddr,
    /// The largest payload of a frame, in bytes, without the Ethernet header.
    pub mtu: u32,
}

/// Looks an interface up in the network namespace of the calling thread.
///
/// # Errors
/// The name is impossible, there is no such interface, or the kernel refuses.
pub fn lookup(name: &str) -> Result<Interface, Error> {
    let mut request = Request::new(name)?;
    let action = || format!("look up interface {name}");
    match request.call(libc::SIOCGIFINDEX) {
        Ok(()) => {}
        Err(e) if e.raw_os_error() == Some(libc::ENODEV) => {
            return Err(Error::NoInterface(name.to_owned()));
        }
        Err(e) => return Err(Error::system(action(), e)),
    }
    let index = u32::try_from(request.integer()).unwrap_or(0);
    let mac = {
        request
            .call(libc::SIOCGIFHWADDR)
            .map_err(|e| Error::system(action(), e))?;
        request.hardware_address()
    };
    let mtu = mtu(name)?;
    Ok(Interface {
        index,
        name: name.to_owned(),
        mac,
        mtu,
    })
}

/// The names of all interfaces in the network namespace of the calling thread, in the kernel's order.
///
/// # Errors
/// `/proc` is not there.
pub fn names() -> io::Result<Vec<String>> {
    let table = std::fs::read_to_string("/proc/thread-self/net/dev")?;
    // Two lines of header; then a line each, with a colon after the name.
    let lines = table.lines().skip(2);
    let names = lines.filter_map(|line| line.split_once(':'));
    Ok(names.map(|(name, _)| name.trim().to_owned()).collect())
}

/// The MTU of an interface now, in bytes.
///
/// # Errors
/// As [`lookup`].
pub fn mtu(name: &str) -> Result<u32, Error> {
    Request::new(name)?.mtu()
}

/// Whether frames can leave through the interface: it is up and has carrier (`IFF_RUNNING`).
///
/// # Errors
/// As [`lookup`].
pub fn is_running(name: &str) -> Result<bool, Error> {
    Request::new(name)?.is_running()
}

/// `name` if an interface can have it.
///
/// # Errors
/// It is empty, too long, or holds a byte that the kernel refuses (`dev_valid_name`).
pub fn valid_name(name: &str) -> Result<&str, Error> {
    let refused = |b: u8| b == b'/' || b == b':' || b == 0 || b.is_ascii_whitespace();
    let valid = !name.is_empty()
        && name.len() <= NAME_LENGTH_MAX
        && name != "."
        && name != ".."
        && !name.bytes().any(refused);
    if valid {
        Ok(name)
    } else {
        Err(Error::InterfaceName(name.to_owned()))
    }
}

/// One `ifreq` and the socket to send it through.
pub(crate) struct Request {
    socket: OwnedFd,
    ifreq: libc::ifreq,
}

impl Request {
    /// A request in the namespace of the calling thread.
    pub(crate) fn new(name: &str) -> Result<Self, Error> {
        let socket = socket_with(
            AddressFamily::INET,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            None,
        )
        .map_err(|e| Error::system("open a socket for interface requests", e))?;
        Self::on(socket, name)
    }

    /// A request in the namespace of `socket`, which may be of any kind.
    pub(crate) fn on(socket: OwnedFd, name: &str) -> Result<Self, Error> {
        let name = valid_name(name)?;
        // SAFETY: `ifreq` is plain data, for which all zeros is a value.
        let mut ifreq: libc::ifreq = unsafe { core::mem::zeroed() };
        for (to, from) in ifreq.ifr_name.iter_mut().zip(name.bytes()) {
            *to = from.cast_signed();
        }
        Ok(Self { socket, ifreq })
    }

    pub(crate) fn call(&mut self, request: libc::c_ulong) -> io::Result<()> {
        let fd = self.socket.as_fd().as_raw_fd();
        // The C libraries differ in the type of this argument.
        #[allow(clippy::unnecessary_cast, clippy::cast_possible_truncation)]
        let request = request as libc::Ioctl;
        // SAFETY: every request used here reads and writes one `ifreq`, which lives through the call.
        let answer = unsafe { libc::ioctl(fd, request, &raw mut self.ifreq) };
        if answer < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Hands `data` to the kernel by the request's pointer.
    #[cfg(feature = "lab")]
    pub(crate) fn call_with<T>(&mut self, request: libc::c_ulong, data: &mut T) -> io::Result<()> {
        self.ifreq.ifr_ifru.ifru_data = core::ptr::from_mut(data).cast();
        self.call(request)
    }

    pub(crate) fn mtu(&mut self) -> Result<u32, Error> {
        self.call(libc::SIOCGIFMTU)
            .map_err(|e| Error::system("read the MTU of an interface", e))?;
        Ok(u32::try_from(self.integer()).unwrap_or(0))
    }

    pub(crate) fn is_running(&mut self) -> Result<bool, Error> {
        self.call(libc::SIOCGIFFLAGS)
            .map_err(|e| Error::system("read the flags of an interface", e))?;
        Ok(self.flags() & libc::IFF_RUNNING != 0)
    }

    fn integer(&self) -> i32 {
        // SAFETY: the answers asked for by this accessor are integers, and any bits are one.
        unsafe { self.ifreq.ifr_ifru.ifru_ifindex }
    }

    fn flags(&self) -> i32 {
        // SAFETY: as above.
        i32::from(unsafe { self.ifreq.ifr_ifru.ifru_flags })
    }

    fn hardware_address(&self) -> MacAddr {
        // SAFETY: SIOCGIFHWADDR fills a `sockaddr`; its bytes are plain data in any case.
        let address = unsafe { self.ifreq.ifr_ifru.ifru_hwaddr };
        let bytes = address.sa_data.map(libc::c_char::cast_unsigned);
        if address.sa_family == libc::ARPHRD_ETHER {
            MacAddr::from_slice(&bytes).unwrap_or_default()
        } else {
            MacAddr::ZERO
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_found() {
        let lo = lookup("lo").unwrap();
        assert!(names().unwrap().contains(&lo.name));
        assert!(lo.index > 0 && lo.mtu > 0);
        assert_eq!(lo.mac, MacAddr::ZERO);
    }

    #[test]
    fn bad_names_are_refused() {
        for bad in ["", "a/b", "a b", "sixteen-bytes-xx", ".", ".."] {
            assert!(matches!(lookup(bad), Err(Error::InterfaceName(_))), "{bad}");
        }
        assert!(matches!(lookup("no-such-link"), Err(Error::NoInterface(_))));
    }
}
