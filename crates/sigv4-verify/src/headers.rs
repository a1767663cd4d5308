//! The headers of a request in the order of their names, and what is demanded of them.

use crate::error::SignatureError;
use crate::request::HttpRequest;

/// A request's headers, ordered by name; those of one name stay in the order of the wire. To find one takes a number of
/// comparisons that grows with the logarithm of their number.
pub(crate) struct SortedHeaders<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> SortedHeaders<'a> {
    pub(crate) fn new(request: &'a HttpRequest) -> Self {
        let mut headers: Vec<_> = request.headers().collect();
        headers.sort_by_key(|(name, _)| *name);
        Self(headers)
    }

    /// The headers of this name.
    pub(crate) fn named(&self, name: &str) -> &[(&'a str, &'a [u8])] {
        let from = self.0.partition_point(|(own, _)| *own < name);
        let rest = self.0.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|(own, _)| *own == name).count();
        rest.get(..count).unwrap_or_default()
    }

    /// Every name, each once, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.dedup();
        names
    }

    /// Holds the headers to what signer and verifier demand of them.
    ///
    /// `signed` is in order. There, and signed, must be `host`; every `x-amz-*` but the session token; and what the rules
    /// name besides. Each of these, and the content's type and length, may stand once only.
    pub(crate) fn check(&self, signed: &[String], besides: &[String]) -> Result<(), SignatureError> {
        let is_signed = |name: &str| signed.binary_search_by(|own| own.as_str().cmp(name)).is_ok();
        if !is_signed("host") {
            return Err(SignatureError::UnsignedHeader);
        }
        for name in signed {
            match self.named(name) {
                [] => return Err(SignatureError::Mismatch),
                values if values.iter().all(|(_, value)| is_plain(value)) => {}
                _ => return Err(SignatureError::Incomplete("a signed header holds a control character")),
            }
        }
        for pair in self.0.windows(2) {
            if let [(one, _), (other, _)] = pair
                && one == other
                && stands_once(one)
            {
                return Err(SignatureError::Incomplete("a header stands twice"));
            }
        }
        let must = |name: &str| {
            (name.starts_with("x-amz-") && name != "x-amz-security-token") || besides.iter().any(|own| own == name)
        };
        if self.0.iter().any(|(name, _)| must(name) && !is_signed(name)) {
            return Err(SignatureError::UnsignedHeader);
        }
        Ok(())
    }
}

/// Whether two headers of this name have no meaning that two readers share.
fn stands_once(name: &str) -> bool {
    name.starts_with("x-amz-") || ["authorization", "content-length", "content-type", "date", "host"].contains(&name)
}

/// Whether a header's value has no control characters, which some readers take as the end of a line. The tab is a blank.
pub(crate) fn is_plain(value: &[u8]) -> bool {
    value.iter().all(|byte| !byte.is_ascii_control() || *byte == b'\t')
}

/// Whether this is a token (RFC 9110 §5.6.2): a method, or a header's name.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
