//! Bodies of requests: read whole before anybody works on them, within limits of size, time and memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use cenote::adapters::Source;
use cenote::kernel::entropy::{self, SystemEntropy};
use http_body_util::BodyExt as _;
use serde_json::json;

use crate::net::shares::{Share, Shares};

/// The largest body of a request that is not signed.
pub(crate) const LARGEST_UNSIGNED: usize = 64 * 1024;
/// The largest body of one that is.
pub(crate) const LARGEST_SIGNED: usize = 2 * 1024 * 1024;

/// Reads bodies within limits.
pub(crate) struct Bodies {
    /// The bytes of requests that are being read or worked on.
    pub(crate) memory: Arc<Shares>,
    /// From the head to the last byte.
    pub(crate) time: Duration,
}

/// Why a body was not read. The connection is closed, for the rest of it is still to come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    /// It broke off.
    Broken,
    /// Too much is under way at once, of all callers or of this one.
    Busy,
    /// It is larger than such a request may be.
    TooLarge,
    /// It did not end in time.
    TooSlow,
}

impl Bodies {
    /// The whole body, and what keeps its memory counted until the request is done.
    pub(crate) async fn read<B>(&self, head: &Parts, body: B, source: Option<Source>) -> Result<(Bytes, Share), Refused>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        let reading = self.read_at_leisure(most_of(head), head, body, source);
        tokio::time::timeout(self.time, reading).await.unwrap_or(Err(Refused::TooSlow))
    }

    async fn read_at_leisure<B>(
        &self,
        most: usize,
        head: &Parts,
        mut body: B,
        source: Option<Source>,
    ) -> Result<(Bytes, Share), Refused>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        let length = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > most) {
            return Err(Refused::TooLarge);
        }
        let mut share = self.memory.take(source, 0).ok_or(Refused::Busy)?;
        let mut read = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Refused::Broken)?.into_data() else { continue };
            if read.len() + data.len() > most {
                return Err(Refused::TooLarge);
            }
            if !share.grow(data.len()) {
                return Err(Refused::Busy);
            }
            read.extend_from_slice(&data);
        }
        Ok((read.into(), share))
    }
}

/// How large the body of such a request may be. Whether the signature holds is not known yet: who lies gets more room for one
/// body, and no more of the memory or the time of all.
fn most_of(head: &Parts) -> usize {
    let presigned = head.uri.query().is_some_and(|query| query.contains("X-Amz-Signature="));
    if presigned || head.headers.contains_key(AUTHORIZATION) { LARGEST_SIGNED } else { LARGEST_UNSIGNED }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response<Body> {
        let (status, code, message) = match self {
            Self::Broken => (StatusCode::BAD_REQUEST, "SerializationException", "the body broke off"),
            Self::Busy => {
                (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException", "too much is under way; try again")
            }
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", "the body is too large")
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", "the body did not come in time"),
        };
        let headers = [
            ("connection", "close".to_owned()),
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amzn-errortype", code.to_owned()),
            ("x-amzn-requestid", entropy::uuid(&SystemEntropy::new())),
        ];
        (status, headers, json!({"__type": code, "message": message}).to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;

    fn bodies() -> Bodies {
        Bodies { memory: Shares::new(3 * LARGEST_SIGNED, LARGEST_SIGNED), time: Duration::from_secs(10) }
    }

    fn head(signed: bool) -> Parts {
        let request = Request::post("/");
        let request = if signed { request.header(AUTHORIZATION, "AWS4-HMAC-SHA256 ...") } else { request };
        request.body(()).expect("a request").into_parts().0
    }

    fn of(bytes: usize) -> Full<Bytes> {
        Full::new(vec![b'x'; bytes].into())
    }

    #[tokio::test]
    async fn line_119_a_body_of_who_does_not_sign_has_64_kib_at_most() {
        let read =
            async |signed, bytes| bodies().read(&head(signed), of(bytes), None).await.map(|(body, _)| body.len());

        assert_eq!(read(false, LARGEST_UNSIGNED).await, Ok(LARGEST_UNSIGNED));
        assert_eq!(read(false, LARGEST_UNSIGNED + 1).await, Err(Refused::TooLarge));
        assert_eq!(read(true, LARGEST_SIGNED).await, Ok(LARGEST_SIGNED));
        assert_eq!(read(true, LARGEST_SIGNED + 1).await, Err(Refused::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_says_it_is_too_large_is_refused_before_it_comes() {
        let mut head = head(false);
        head.headers.insert(CONTENT_LENGTH, (LARGEST_UNSIGNED + 1).into());
        let never = StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, std::io::Error>>());

        assert_eq!(bodies().read(&head, never, None).await.map(|_| ()), Err(Refused::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_end_is_given_up() {
        let never = StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, std::io::Error>>());

        assert_eq!(bodies().read(&head(true), never, None).await.map(|_| ()), Err(Refused::TooSlow));
    }

    #[tokio::test]
    async fn bodies_under_way_have_a_limit_for_all_and_for_each_source() {
        let bodies = bodies();
        let source = |last: u8| Some(Source::of([192, 0, 2, last].into()));
        let head = head(true);

        let first = bodies.read(&head, of(LARGEST_SIGNED), source(1)).await;
        assert_eq!(bodies.read(&head, of(1), source(1)).await.map(|_| ()), Err(Refused::Busy), "its part");
        let second = bodies.read(&head, of(LARGEST_SIGNED), source(2)).await;
        let third = bodies.read(&head, of(LARGEST_SIGNED), source(3)).await;
        assert!(first.is_ok() && second.is_ok() && third.is_ok());
        assert_eq!(bodies.read(&head, of(1), source(4)).await.map(|_| ()), Err(Refused::Busy), "all there is");
        drop(first);

        assert!(bodies.read(&head, of(LARGEST_SIGNED), source(1)).await.is_ok(), "given back");
    }
}
