//! Addresses on the Web.

/// The longest address, in bytes.
const LONGEST: usize = 2048;

/// Whether it is an address of HTTPS, or, for what runs on the same machine, of HTTP: no user, no fragment, nothing but visible
/// characters.
pub(super) fn is_web_address(text: &str) -> bool {
    let visible = text.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
    let rest = text.strip_prefix("https://").map(|rest| (rest, true));
    let rest = rest.or_else(|| text.strip_prefix("http://").map(|rest| (rest, false)));
    let Some((rest, secure)) = rest.filter(|_| visible && text.len() <= LONGEST && !text.contains('#')) else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(host, _)| host);
    let host = bracketed.unwrap_or_else(|| authority.split(':').next().unwrap_or_default());
    let is_loopback = matches!(host, "localhost" | "127.0.0.1" | "::1") || host.ends_with(".localhost");
    !host.is_empty() && !authority.contains('@') && !authority.contains('\\') && (secure || is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_https_or_of_this_machine() {
        for good in ["https://op.example/x?y", "http://localhost:8080", "http://127.0.0.1:1/", "http://[::1]:9/a"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "http://op.example",
            "https://",
            "https://user@op.example",
            "https://op.example/#x",
            "https://op.example/ü",
            "https://op.example\\@localhost",
            "http://localhost.evil.example",
            "ftp://op.example",
            "HTTPS://op.example",
            "http://127.0.0.1@evil.example/",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
