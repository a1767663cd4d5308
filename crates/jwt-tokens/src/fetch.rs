//! How a document comes from outside: a port that the host fills.

use async_trait::async_trait;

/// Fetches a document from outside.
///
/// # Contract
///
/// - Only `https`, only the address given: a redirect to another origin is an error.
/// - No address of a private network, unless the operator has allowed it.
/// - At most 1 MiB is read, and 5 seconds are waited.
/// - Any status but 200 is an error.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The document at `url`.
    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError>;
}

/// What was fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fetched {
    /// The document.
    pub body: Vec<u8>,
    /// For how many seconds the sender lets it be kept (`Cache-Control: max-age`).
    pub max_age_seconds: Option<i64>,
}

/// A document could not be fetched, or was not what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the keys cannot be fetched")]
pub struct FetchError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
