//! Which addresses may be reached, and how a name becomes addresses.

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};

use ureq::http::Uri;

use crate::net::exchange::Deadline;
use crate::pki::FetchError;

/// Which addresses may be reached. Where a URL comes from a stranger, what it may not do is to make this machine ask
/// its own services or those of its private network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses alone: for URLs out of certificates and documents.
    #[default]
    Public,
    /// Every address: for a URL that the operator named, such as a timestamp authority of the own network.
    Anywhere,
    /// These alone.
    Only(Vec<SocketAddr>),
}

impl Reach {
    fn allows(&self, address: &SocketAddr) -> bool {
        match self {
            Reach::Public => is_public(address.ip()),
            Reach::Anywhere => true,
            Reach::Only(some) => some.contains(address),
        }
    }
}

/// A source of addresses.
pub trait Names: Debug + Send + Sync {
    /// The addresses of a host, which is a name or an address in text.
    ///
    /// # Errors
    /// What the system says.
    fn lookup(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The name service of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn lookup(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }
}

/// Most addresses of one name that are tried.
const ADDRESSES: usize = 8;

/// The addresses of the host of a URL. A name of which one address may not be reached is refused as a whole.
pub(super) fn resolve(
    uri: &Uri,
    reach: &Reach,
    names: &Arc<dyn Names>,
    deadline: &Deadline,
) -> Result<Vec<SocketAddr>, FetchError> {
    let host = uri.host().ok_or(FetchError::Url)?.to_owned();
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    let unknown = || FetchError::HostUnknown { host: host.clone() };
    let mut found = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        // The system's lookup knows no time limit: it is left behind where it takes too long.
        Err(_) => {
            let (sender, receiver) = mpsc::sync_channel(1);
            let names = Arc::clone(names);
            let lookup = move || drop(sender.send(names.lookup(&bare, port)));
            let thread = std::thread::Builder::new().spawn(lookup);
            thread.map_err(|fault| FetchError::Connection { kind: fault.kind() })?;
            let answer = receiver.recv_timeout(deadline.to_connect()?);
            answer.map_err(|_| deadline.passed())?.map_err(|_| unknown())?
        }
    };
    if let Some(refused) = found.iter().find(|address| !reach.allows(address)) {
        return Err(FetchError::Address { host, address: refused.ip().to_string() });
    }
    found.truncate(ADDRESSES);
    if found.is_empty() { Err(unknown()) } else { Ok(found) }
}

/// Whether an address is one of the public Internet (RFC 6890 and the IANA registries of special addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Networks of IPv4 that are not public: first address and length of the prefix.
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    // "This network", RFC 791.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private use, RFC 1918.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared address space of carriers, RFC 6598.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback, RFC 1122.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, RFC 3927; services of cloud machines answer there.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // IETF protocol assignments, RFC 6890.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation, RFC 5737.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // 6to4 relays, RFC 7526.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Benchmarks, RFC 2544.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast, RFC 5771; reserved and broadcast, RFC 1112 and RFC 919.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |network: &Ipv4Addr, prefix: u32| (address.to_bits() ^ network.to_bits()).leading_zeros() >= prefix;
    !SPECIAL_V4.iter().any(|(network, prefix)| within(network, *prefix))
}

/// Only global unicast (2000::/3, RFC 4291 2.4) is public. So are not: loopback, link-local, unique local, multicast,
/// and addresses of IPv4 in the clothes of IPv6.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    // NAT64 (RFC 6052): the address that it stands for decides.
    if bits >> 32 == 0x0064_FF9B_u128 << 64 {
        return is_public_v4(Ipv4Addr::from_bits((bits & 0xFFFF_FFFF) as u32));
    }
    let [first, second, ..] = address.segments();
    let special = match (first, second) {
        // IETF protocol assignments and Teredo, RFC 2928 and RFC 4380.
        (0x2001, 0..=0x01FF) => true,
        // Documentation, RFC 3849 and RFC 9637.
        (0x2001, 0x0DB8) | (0x3FFF, 0..=0x0FFF) => true,
        // 6to4, RFC 3056.
        (0x2002, _) => true,
        _ => false,
    };
    first >> 13 == 1 && !special
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use crate::net::Reach;
    use crate::net::addresses::is_public;

    #[test]
    fn what_is_not_public_is_told() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("223.5.5.5", true),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("198.20.0.0", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.19.255.255", false),
            ("203.0.113.9", false),
            ("224.0.0.1", false),
            ("239.255.255.250", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("2400:3200::1", true),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b:1::8.8.8.8", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", false),
            ("::127.0.0.1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("ff02::1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::1", false),
            ("3fff::1", false),
        ] {
            assert_eq!(is_public(address.parse::<IpAddr>().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn reach_is_public_unless_said_otherwise() {
        let local: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let other: SocketAddr = "127.0.0.1:81".parse().unwrap();
        assert!(!Reach::default().allows(&local));
        assert!(Reach::Anywhere.allows(&local));
        assert!(Reach::Only(vec![local]).allows(&local) && !Reach::Only(vec![local]).allows(&other));
    }
}
