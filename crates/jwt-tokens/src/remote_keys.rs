use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use futures::lock::Mutex;
use identity_kernel::time::{Clock, Timestamp};

use crate::discovery;
use crate::fetch::{Fetch, FetchError};
use crate::key_set::KeySet;

/// A key set elsewhere, fetched when it is needed.
///
/// However many callers ask at once, one fetches. The others go on with the keys that were there, if these have the one they
/// need, and wait only if not. A set is fetched again when it has grown old (as its sender says, between 1 and 60 minutes;
/// 10 minutes if it says nothing), and when a token names a key that is not in it, but for that once a minute at most. While
/// the source is down the keys it had go on, and the source is asked again every 10 seconds at most. A clock that is set
/// back makes no set last longer: the keys are fetched anew.
pub struct RemoteKeys {
    source: Source,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
    /// Whoever holds it fetches.
    flight: Mutex<()>,
}

/// Where the keys are.
enum Source {
    At(String),
    /// Where this issuer's discovery document says. It is read again with every fetch of the keys.
    Discovered {
        issuer: String,
    },
}

#[derive(Default)]
struct Known {
    keys: Option<Arc<KeySet>>,
    /// When a fetch last ended: no other for an unknown key so soon.
    asked_at: Option<Timestamp>,
    /// When the keys were fetched, and for how many seconds they are fresh.
    fresh: Option<(Timestamp, i64)>,
    /// When the source was found down: no fetch at all so soon.
    down_at: Option<Timestamp>,
}

/// Between two fetches for keys that are not in the set.
const UNKNOWN_SECONDS: i64 = 60;
/// Between two fetches while the source is down.
const RETRY_SECONDS: i64 = 10;

impl RemoteKeys {
    /// The keys at `url`. Nothing is fetched yet.
    pub fn new(url: impl Into<String>, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self::from_source(Source::At(url.into()), fetch, clock)
    }

    /// The keys of an OpenID Connect issuer, wherever its discovery document says (OpenID Connect Discovery 1.0 §4). Nothing
    /// is fetched yet.
    ///
    /// The document is at `{issuer}/.well-known/openid-configuration`, must name the issuer byte for byte, and may send to
    /// `https` addresses only, unless the issuer itself is at an `http` address (on the same machine, say).
    pub fn discover(issuer: impl Into<String>, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self::from_source(Source::Discovered { issuer: issuer.into() }, fetch, clock)
    }

    fn from_source(source: Source, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { source, fetch, clock, known: RwLock::default(), flight: Mutex::new(()) }
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
        let _flight = match (self.flight.try_lock(), self.stale().filter(|keys| kid.is_none_or(|kid| keys.has(kid)))) {
            (Some(flight), _) => flight,
            (None, Some(stale)) => return Ok(stale),
            (None, None) => self.flight.lock().await,
        };
        // Whoever had the lock before may have fetched what is wanted.
        if let Some(keys) = self.at_hand(kid) {
            return Ok(keys);
        }
        let fetched = if self.was_down_a_moment_ago() {
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
        let just_asked = || known.asked_at.is_some_and(|at| now.is_within(at, UNKNOWN_SECONDS));
        let enough = kid.is_none_or(|kid| keys.has(kid)) || just_asked();
        let fresh = known.fresh.is_some_and(|(at, seconds)| now.is_within(at, seconds));
        (fresh && enough).then(|| Arc::clone(keys))
    }

    fn stale(&self) -> Option<Arc<KeySet>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    fn was_down_a_moment_ago(&self) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.down_at.is_some_and(|at| self.clock.now().is_within(at, RETRY_SECONDS))
    }

    /// The keys, and for how many seconds they are fresh.
    async fn fetch_keys(&self) -> Result<(Arc<KeySet>, i64), FetchError> {
        let url = match &self.source {
            Source::At(url) => url.clone(),
            Source::Discovered { issuer } => discovery::keys_of(issuer, &*self.fetch).await?,
        };
        let fetched = self.fetch.fetch(&url).await?;
        let keys = KeySet::from_json(&fetched.body).map_err(|error| FetchError(error.into()))?;
        Ok((Arc::new(keys), fetched.max_age_seconds.unwrap_or(600).clamp(60, 3600)))
    }

    async fn fetch_now(&self) -> Result<Arc<KeySet>, FetchError> {
        let outcome = self.fetch_keys().await;
        let now = self.clock.now();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.asked_at = Some(now);
        match outcome {
            Ok((keys, seconds)) => {
                known.fresh = Some((now, seconds));
                known.keys = Some(Arc::clone(&keys));
                Ok(keys)
            }
            Err(error) => {
                known.down_at = Some(now);
                Err(error)
            }
        }
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Source::At(place) | Source::Discovered { issuer: place }) = &self.source;
        write!(f, "RemoteKeys({place})")
    }
}
