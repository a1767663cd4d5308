//! Whose work it is: the source of the call that a task serves.

use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};

/// A caller's network, as far as fairness needs to know it: an IPv4 address, or the /64 of an IPv6 address, which is what one
/// customer of a provider has.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Source(IpAddr);

tokio::task_local! {
    static CURRENT: Option<Source>;
}

impl Source {
    /// The source that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()),
        }
    }

    /// Does `work` on behalf of a source. What the adapters of this crate do meanwhile counts against its share; the
    /// ports between do not need to know.
    pub async fn serve<F: Future>(source: Option<Self>, work: F) -> F::Output {
        CURRENT.scope(source, work).await
    }

    /// The source on whose behalf this task works, if one was named.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|source| *source).ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_of_the_source_that_it_is_done_for() {
        let source = Source::of([192, 0, 2, 1].into());

        assert_eq!(Source::serve(Some(source), async { Source::current() }).await, Some(source));
        assert_eq!(Source::current(), None);
    }

    #[test]
    fn addresses_of_one_customer_are_one_source() {
        let of = |text: &str| Source::of(text.parse().expect("an address"));

        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
