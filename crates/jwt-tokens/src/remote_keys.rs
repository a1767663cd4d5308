use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use futures::lock::Mutex;
use identity_kernel::time::{Clock, Timestamp};

use crate::key_set::KeySet;

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

/// A key set at a fixed address, fetched when it is needed.
///
/// However many callers ask at once, one fetches while the others wait. A set is fetched again when it has grown old (as
/// its sender says, between 1 and 60 minutes; 10 minutes if it says nothing), and when a token names a key that is not
/// in it, but for that once a minute at most. While the source is down the keys it had go on, and the source is asked
/// again every 10 seconds at most.
pub struct RemoteKeys {
    url: String,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
    /// Whoever holds it fetches.
    flight: Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: Option<Arc<KeySet>>,
    fresh_until: Timestamp,
    /// No fetch for an unknown key before.
    unknown_after: Timestamp,
    /// No fetch at all before.
    retry_after: Timestamp,
}

/// Between two fetches for keys that are not in the set.
const UNKNOWN_SECONDS: i64 = 60;
/// Between two fetches while the source is down.
const RETRY_SECONDS: i64 = 10;

impl RemoteKeys {
    /// The keys at `url`. Nothing is fetched yet.
    pub fn new(url: impl Into<String>, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { url: url.into(), fetch, clock, known: RwLock::default(), flight: Mutex::new(()) }
    }

    /// The keys, to check a token that names `kid`. They may lack it: then the token's key is unknown.
    ///
    /// # Errors
    ///
    /// [`FetchError`] if nothing was ever fetched and the source is down.
    pub async fn for_kid(&self, kid: Option<&str>) -> Result<Arc<KeySet>, FetchError> {
        if let Some(keys) = self.at_hand(kid) {
            return Ok(keys);
        }
        let _flight = self.flight.lock().await;
        // Whoever had the lock before may have fetched what is wanted.
        if let Some(keys) = self.at_hand(kid) {
            return Ok(keys);
        }
        let fetched = if self.retry_after() > self.clock.now() {
            Err(FetchError("the source was down a moment ago".into()))
        } else {
            self.fetch_now().await
        };
        match (fetched, self.stale()) {
            (Ok(keys), _) | (Err(_), Some(keys)) => Ok(keys),
            (Err(error), None) => Err(error),
        }
    }

    /// The keys that were fetched, if no fetch is due.
    fn at_hand(&self, kid: Option<&str>) -> Option<Arc<KeySet>> {
        let now = self.clock.now();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let keys = known.keys.as_ref()?;
        let enough = kid.is_none_or(|kid| keys.has(kid)) || now < known.unknown_after;
        (now < known.fresh_until && enough).then(|| Arc::clone(keys))
    }

    fn stale(&self) -> Option<Arc<KeySet>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    fn retry_after(&self) -> Timestamp {
        self.known.read().unwrap_or_else(PoisonError::into_inner).retry_after
    }

    async fn fetch_now(&self) -> Result<Arc<KeySet>, FetchError> {
        let outcome = self.fetch.fetch(&self.url).await.and_then(|fetched| {
            let keys = KeySet::from_json(&fetched.body).map_err(|error| FetchError(error.into()))?;
            Ok((Arc::new(keys), fetched.max_age_seconds.unwrap_or(600).clamp(60, 3600)))
        });
        let now = self.clock.now();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.unknown_after = now.plus_seconds(UNKNOWN_SECONDS);
        match outcome {
            Ok((keys, seconds)) => {
                known.fresh_until = now.plus_seconds(seconds);
                known.keys = Some(Arc::clone(&keys));
                Ok(keys)
            }
            Err(error) => {
                known.retry_after = now.plus_seconds(RETRY_SECONDS);
                Err(error)
            }
        }
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteKeys({})", self.url)
    }
}
