//! Who calls, behind proxies that the operator trusts.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Nobody else's are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

/// Who calls.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Caller {
    /// The address: of the connection, or what the first trusted proxy was called from.
    pub(crate) address: IpAddr,
    /// Whether it calls over TLS.
    pub(crate) secure: bool,
}

impl Proxies {
    pub(crate) fn new(trusted: Vec<IpNet>) -> Self {
        Self(trusted)
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who calls over a connection from `connected`. Each proxy adds at the end of `X-Forwarded-For` from where it was
    /// called: so the list is read from its end, as far as what stands there is trusted to have said what stands before.
    pub(crate) fn caller(&self, connected: IpAddr, tls: bool, headers: &HeaderMap) -> Caller {
        let mut address = connected.to_canonical();
        if !self.trusts(address) {
            return Caller { address, secure: tls };
        }
        let hops: Vec<&str> = texts(headers, "x-forwarded-for").collect();
        for hop in hops.into_iter().rev() {
            let Some(hop) = address_of(hop) else { break };
            address = hop;
            if !self.trusts(address) {
                break;
            }
        }
        let scheme = texts(headers, "x-forwarded-proto").last();
        Caller { address, secure: scheme.map_or(tls, |scheme| scheme.eq_ignore_ascii_case("https")) }
    }
}

/// The elements of a header that is a list, over all its lines.
fn texts<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address_of(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let parsed = bare.parse::<IpAddr>().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|at| at.ip()));
    parsed.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(connected: &str, headers: &[(&'static str, &'static str)]) -> (String, bool) {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, axum::http::HeaderValue::from_static(value));
        }
        let caller = proxies.caller(connected.parse().expect("an address"), false, &map);
        (caller.address.to_string(), caller.secure)
    }

    #[test]
    fn what_a_stranger_says_of_itself_is_not_believed() {
        let lies = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https")];

        assert_eq!(caller("203.0.113.9", &lies), ("203.0.113.9".to_owned(), false));
    }

    #[test]
    fn a_trusted_proxy_says_who_called_it_and_how() {
        let told = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];

        assert_eq!(caller("10.0.0.1", &told), ("203.0.113.9".to_owned(), true));
        assert_eq!(caller("::ffff:10.0.0.1", &told), ("203.0.113.9".to_owned(), true));
        assert_eq!(caller("10.0.0.1", &[("x-forwarded-for", "[2001:db8::1]:4711")]), ("2001:db8::1".to_owned(), false));
    }

    #[test]
    fn what_the_caller_had_written_before_the_first_trusted_proxy_is_not_believed() {
        let chain = [("x-forwarded-for", "127.0.0.1, 203.0.113.9, 10.0.0.2")];
        assert_eq!(caller("10.0.0.1", &chain).0, "203.0.113.9");

        let lines = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", "203.0.113.9:80")];
        assert_eq!(caller("10.0.0.1", &lines).0, "203.0.113.9");

        let garbage = [("x-forwarded-for", "203.0.113.9, <script>")];
        assert_eq!(caller("10.0.0.1", &garbage).0, "10.0.0.1");
    }
}
