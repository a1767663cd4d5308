//! The one way out: every call to a login provider goes through [`HttpPort`].

use std::error::Error as StdError;
use std::time::Duration;

use async_trait::async_trait;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

/// Sends one request to the outside and reads the whole answer.
///
/// # Contract
///
/// - Only `https`; plain `http` to this machine alone, and only where the operator has allowed it.
/// - Only the address given: no redirect is followed, each is [`HttpError::Redirected`].
/// - No address outside the public Internet, whether written or found behind a name, unless the operator has allowed it;
///   what was checked is what is connected to.
/// - No more than [`Limits`] says is read or waited for.
/// - The status is the caller's to judge. Nothing is tried again: the request may have had its effect.
#[async_trait]
pub trait HttpPort: Send + Sync {
    /// Sends `request`.
    ///
    /// # Errors
    ///
    /// [`HttpError`], one variant for each reason.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;
}

/// How much of an answer is read, and how long it is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The most bytes of a body, after any decoding. Default 1 MiB.
    pub body_bytes: usize,
    /// From the first byte sent to the last byte read. Default 5 seconds.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1024 * 1024, timeout: Duration::from_secs(5) }
    }
}

/// A request to the outside.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The headers; `Host` and `Content-Length` are set by the transport.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// What is read and waited for at most.
    pub limits: Limits,
}

impl HttpRequest {
    /// Asks for what is at `url`, within the default limits.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Vec::new(), limits: Limits::default() }
    }

    /// Sends a body of this type, within the default limits.
    pub fn post(url: Url, content_type: &'static str, body: Vec<u8>) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Self { method: Method::POST, url, headers, body, limits: Limits::default() }
    }

    /// The same within other limits.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// An answer from outside, whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HttpResponse {
    /// The status; never a redirect.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// What lies beneath a failure.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Why a call to the outside brought nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The address is none of the public Internet, and the operator has not allowed it. For a name: every address
    /// behind it is so.
    #[error("the address is not of the public internet and not allowed")]
    AddressNotAllowed,
    /// The body is larger than the limit.
    #[error("the answer is larger than {limit} bytes")]
    AnswerTooLarge {
        /// The limit.
        limit: usize,
    },
    /// The other side cannot be reached, or broke off.
    #[error("the connection failed")]
    Connection(#[source] Cause),
    /// What was to be sent is no request: a URL without host, say.
    #[error("the request is not valid")]
    InvalidRequest(#[source] Cause),
    /// The scheme is not `https`.
    #[error("only https is asked")]
    NotHttps,
    /// The other side's certificate is not to be trusted, or it speaks no TLS that is.
    #[error("the other side does not prove who it is")]
    NotTrusted(#[source] Cause),
    /// The answer points elsewhere.
    #[error("the answer is a redirect, which is not followed")]
    Redirected,
    /// No whole answer came in time.
    #[error("no answer came within {} ms", after.as_millis())]
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
}
