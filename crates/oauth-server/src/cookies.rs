//! What a browser keeps: its sign-in, and what binds forms to it.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::secret::{SecretString, constant_time_eq};
use ring::digest::{SHA256, digest};

use crate::context::Call;

/// A cookie of this server's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cookie {
    /// Stands for a sign-in at the pool's pages.
    SignIn,
    /// Binds forms to the browser that was shown them.
    Forms,
    /// What a browser keeps while it is at an outside provider.
    Federation,
}

impl Cookie {
    /// Longer values are none of ours.
    fn longest(self) -> usize {
        match self {
            Self::SignIn | Self::Forms => 128,
            Self::Federation => 3800,
        }
    }

    /// Its name: of this host alone over TLS (`__Host-`), and of its pool.
    fn name(self, call: &Call) -> String {
        let prefix = if call.secure { "__Host-" } else { "" };
        let kind = match self {
            Self::SignIn => "cenote",
            Self::Forms => "cenote-forms",
            Self::Federation => "cenote-federation",
        };
        format!("{prefix}{kind}.{}", call.pool)
    }

    /// What the browser sends; nothing where two are sent, for which is whose nobody knows.
    pub(crate) fn read(self, call: &Call, headers: &HeaderMap) -> Option<SecretString> {
        let name = self.name(call);
        let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut found = pairs.filter(|(key, value)| *key == name && !value.is_empty() && value.len() <= self.longest());
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value.into()),
            _ => None,
        }
    }

    /// The header that has the browser keep it until it closes.
    pub(crate) fn set(self, call: &Call, value: &SecretString) -> Option<HeaderValue> {
        self.header(call, value.expose(), "")
    }

    /// The header that has the browser forget it.
    pub(crate) fn forget(self, call: &Call) -> Option<HeaderValue> {
        self.header(call, "", "; Max-Age=0")
    }

    fn header(self, call: &Call, value: &str, more: &str) -> Option<HeaderValue> {
        let secure = if call.secure { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name(call));
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

/// A new value of [`Cookie::Forms`].
pub(crate) fn new_forms_secret(entropy: &dyn Entropy) -> SecretString {
    URL_SAFE_NO_PAD.encode(entropy::bytes::<32>(entropy)).into()
}

/// What a form shown to this browser carries: without the cookie nobody can say it, and it does not tell the cookie.
pub(crate) fn form_token(call: &Call, secret: &SecretString) -> String {
    let hash = digest(&SHA256, format!("form\n{}\n{}", call.pool, secret.expose()).as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

/// Whether a form was shown to the browser that sends it, and by a page of this server.
pub(crate) fn is_own_form(call: &Call, headers: &HeaderMap, token: Option<&str>) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin") {
        return false;
    }
    let Some((secret, token)) = Cookie::Forms.read(call, headers).zip(token) else { return false };
    constant_time_eq(form_token(call, &secret).as_bytes(), token.as_bytes())
}
