//! Networks, as lists of addresses name them (CIDR, RFC 4632 §3.1).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A network: an address and how many of its bits count. `192.0.2.0/24`, `2001:db8::/32`; an address alone is itself.
///
/// An address of IPv4 that is written in IPv6 (`::ffff:192.0.2.1`) is the one of IPv4.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Not a network.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an address or a network as 192.0.2.0/24")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let most = width(address);
        let digits = bits.is_none_or(|bits| bits.bytes().all(|digit| digit.is_ascii_digit()));
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| NotANetwork))?;
        if !digits || bits > most { Err(NotANetwork) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        width(address) == width(self.address) && shifted(address, self.bits) == shifted(self.address, self.bits)
    }

    /// Whether the address lies in one of these.
    pub fn any_contains(networks: &[Self], address: IpAddr) -> bool {
        networks.iter().any(|network| network.contains(address))
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The bits of the address that count.
fn shifted(address: IpAddr, bits: u8) -> u128 {
    let all = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    all.checked_shr(u32::from(width(address) - bits)).unwrap_or(0)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_lies_in_a_network_by_the_bits_that_count() {
        for (text, within, without) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.77/25", "192.0.2.1", "192.0.2.128"),
            ("2001:db8::/32", "2001:db8:1::", "2001:db9::"),
            ("0.0.0.0/0", "203.0.113.1", "::1"),
            ("::/0", "2001:db8::1", "203.0.113.1"),
        ] {
            assert!(network(text).contains(within.parse().unwrap()), "{text} {within}");
            assert!(!network(text).contains(without.parse().unwrap()), "{text} {without}");
        }
        assert!(network("192.0.2.0/24").contains("::ffff:192.0.2.9".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["", "192.0.2", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/+8", "::/129", "host", "192.0.2.0/24/1"] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork), "{wrong}");
        }
    }
}
