//! Bodies that are held to their signature while they are read.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use ring::digest;
use sigv4_verify::{ChunkedBody, HttpRequest, Payload, SignatureError};

use crate::server::Caller;

/// The body of a request that was admitted.
///
/// What a signature says of the whole body (its hash) is known to hold when the body has ended without an error, and not
/// before: whoever stores it drops it on an error. Chunks with signatures of their own are given out when theirs holds. What
/// came unsigned (`UNSIGNED-PAYLOAD`) is given as it is.
pub struct CheckedBody<B>(Held<B>);

enum Held<B> {
    /// It was gathered, and its hash compared.
    Whole(Option<Bytes>),
    /// It is hashed as it passes. `None` once it has ended.
    Declared { body: B, hash: Option<Box<digest::Context>>, expected: [u8; 32] },
    /// Its chunks are taken apart. `None` once it has ended.
    Chunked { body: B, chunks: Option<Box<ChunkedBody>> },
    /// Nothing is known of it.
    Unsigned(B),
}

/// Why a body ended before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is not the body that was signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It could not be read.
    #[error("the body cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl<B> CheckedBody<B> {
    /// A body that was compared already.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self(Held::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }

    /// A body that is held to what the caller's signature says of it.
    pub(crate) fn streaming(body: B, caller: &Caller, request: &HttpRequest) -> Self {
        let chunks = caller.signature.chunked_body(request, caller.secret.expose());
        Self(match (caller.payload, chunks) {
            (_, Some(chunks)) => Held::Chunked { body, chunks: Some(Box::new(chunks)) },
            (Payload::Declared(expected), _) => {
                let hash = Some(Box::new(digest::Context::new(&digest::SHA256)));
                Held::Declared { body, hash, expected }
            }
            _ => Held::Unsigned(body),
        })
    }
}

impl<B> Body for CheckedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.get_mut().0 {
            Held::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Held::Unsigned(body) => next(body, cx).map(|data| data.map(|data| data.map(Frame::data))),
            Held::Declared { body, hash, expected } => {
                let data = ready!(next(body, cx));
                Poll::Ready(hashed(data, hash, expected).map(|data| data.map(Frame::data)))
            }
            Held::Chunked { body, chunks } => loop {
                let data = ready!(next(body, cx));
                match taken_apart(data, chunks) {
                    Some(Ok(plain)) if plain.is_empty() => {}
                    other => return Poll::Ready(other.map(|data| data.map(Frame::data))),
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Held::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Held::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Held::Declared { body, .. } | Held::Unsigned(body) => body.size_hint(),
            Held::Chunked { .. } => SizeHint::default(),
        }
    }
}

impl<B> fmt::Debug for CheckedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckedBody(..)")
    }
}

/// The next bytes; frames of trailers, which nobody has signed, are passed over.
fn next<B>(body: &mut B, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::Unreadable(error.into())))),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

type Next = Option<Result<Bytes, BodyError>>;

fn hashed(data: Next, hash: &mut Option<Box<digest::Context>>, expected: &[u8; 32]) -> Next {
    match data {
        Some(Ok(data)) => {
            if let Some(hash) = hash {
                hash.update(&data);
            }
            Some(Ok(data))
        }
        Some(error) => Some(error),
        None => {
            let differs = hash.take().is_some_and(|hash| hash.finish().as_ref() != expected);
            differs.then(|| Err(SignatureError::Payload.into()))
        }
    }
}

fn taken_apart(data: Next, chunks: &mut Option<Box<ChunkedBody>>) -> Next {
    match (data, chunks.as_mut()) {
        (Some(Ok(data)), Some(reader)) => Some(reader.feed(&data).map(Bytes::from).map_err(BodyError::from)),
        (Some(Ok(_)), None) => Some(Err(SignatureError::Payload.into())),
        (Some(error), _) => Some(error),
        (None, _) => chunks.take().and_then(|reader| reader.finish().err()).map(|error| Err(error.into())),
    }
}
