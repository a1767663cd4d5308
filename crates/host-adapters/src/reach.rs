//! Which addresses may be called.

use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv6Net};

/// The blocks of IPv4, and of IPv6's global unicast, that are not globally reachable or that lead elsewhere than they say:
/// IANA's registries of special-purpose addresses (RFC 6890 and its updates), multicast (RFC 5771), and the forms of IPv6
/// that carry an IPv4 address (RFC 3056, RFC 4380).
const SPECIAL: [&str; 19] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
];

/// Global unicast (RFC 4291 §2.5.4): all of IPv6 that IANA has given out. Loopback, link-local, unique local, multicast,
/// mapped and translated addresses lie outside.
const GLOBAL_UNICAST_V6: &str = "2000::/3";

// INVARIANT: each text is a network; a test reads them all.
static SPECIAL_NETWORKS: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| SPECIAL.iter().filter_map(|text| text.parse().ok()).collect());

/// The public Internet, and the networks that the operator has allowed beside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    allowed: Vec<IpNet>,
}

impl Reach {
    pub(crate) fn with(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(&address)) || is_public(address)
    }
}

/// Whether an address is of the public Internet; an IPv4 address in IPv6 clothes is judged as what it is.
fn is_public(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let global = match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => GLOBAL_UNICAST_V6.parse::<Ipv6Net>().is_ok_and(|network| network.contains(&address)),
    };
    global && !SPECIAL_NETWORKS.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_network_is_read() {
        assert_eq!(SPECIAL_NETWORKS.len(), SPECIAL.len());
    }

    #[test]
    fn line_13_private_addresses_are_told_from_public_ones() {
        let is_public = |text: &str| is_public(text.parse().expect("an address"));
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "2002:a00:1::",
            "2001:0:a00:1::",
            "2001:db8::1",
            "3fff::1",
            "64:ff9b::a00:1",
            "4000::1",
        ] {
            assert!(!is_public(private), "{private}");
        }
        for public in ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "198.20.0.0"] {
            assert!(is_public(public), "{public}");
        }
        for public in ["2606:4700::1111", "::ffff:8.8.8.8", "2001:4860::8888"] {
            assert!(is_public(public), "{public}");
        }
    }

    #[test]
    fn a_network_that_is_allowed_is_reached_and_no_other() {
        let reach = Reach::with(vec!["10.1.0.0/16".parse().expect("a network")]);
        let allows = |text: &str| reach.allows(text.parse().expect("an address"));

        assert!(allows("10.1.2.3") && allows("::ffff:10.1.2.3") && allows("8.8.8.8"));
        assert!(!allows("10.2.0.1") && !allows("127.0.0.1"));
    }
}
