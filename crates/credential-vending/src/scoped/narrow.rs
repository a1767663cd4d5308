use iam_policy::{Policy, PolicyKind};
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::time::Timestamp;

use super::chain::{self, BETWEEN, LAYERS};
use super::layer::{self, Scope};
use crate::credentials::{Credentials, LONGEST_TOKEN, number_of};
use crate::error::Error;
use crate::reasons::Invalid;

/// How credentials are to be narrowed: by a policy, in time, or both.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// A policy document, 2,048 characters at most. The narrowed credentials may do what it allows, as far as the wider ones
    /// may.
    pub policy: Option<String>,
    /// How long they live, 1 to 129,600 seconds, and no longer than the wider ones.
    pub duration_seconds: Option<i64>,
    /// What they are for, 2 to 256 characters. Whoever is given the credentials can read it.
    pub description: Option<String>,
    /// The session token has so many characters at least, 0 to 4,096, so that nobody relies on how many.
    pub minimum_token_size: usize,
}

/// Narrowed credentials.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScopedCredentials {
    /// The credentials.
    pub credentials: Credentials,
    /// The narrowed session's own id.
    pub scoped_session_id: String,
    /// How often they have been narrowed since they were vended, this time too: 1 to 3.
    pub layers: usize,
}

const LONGEST_POLICY: usize = 2048;
const SCOPE_ID_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Credentials {
    /// Narrower credentials, without asking anybody: this needs the credentials alone.
    ///
    /// Verifiers hold the result to every layer. Nobody comes from the narrow credentials to the wider ones, and whatever
    /// ends the wider ones (their time, a revocation) ends these.
    ///
    /// ```
    /// use credential_vending::{
    ///     MasterKey, Narrowing, NewSession, SessionStamp, SystemEntropy, Timestamp, VendingKey,
    /// };
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (now, entropy) = (Timestamp::from_epoch_seconds(1_700_000_000), SystemEntropy::new());
    /// let key = VendingKey::from_master(&MasterKey::new([7; 32]), VendingKey::FIRST);
    /// # let session = SessionStamp::new(NewSession {
    /// #     role_arn: "arn:aws:iam::123456789012:role/app",
    /// #     role_id: "AROAEXAMPLE",
    /// #     session_name: "s1",
    /// #     issued_at: now,
    /// #     seconds: 3600,
    /// # });
    /// let wide = key.vend(&entropy, &session)?;
    /// let narrowing = Narrowing { duration_seconds: Some(60), ..Narrowing::default() };
    /// let narrow = wide.narrow(&narrowing, &entropy, now)?.credentials;
    ///
    /// let verified = key.open(&narrow.access_key_id, narrow.session_token.expose(), now)?;
    /// assert_eq!(verified.expires_at, now.plus_seconds(60));
    /// assert_eq!(key.secret_of(&narrow.access_key_id), narrow.secret);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if neither policy nor duration is given, or one is out of bounds; [`Error::MalformedPolicy`];
    /// [`Error::InsufficientSessionLifetime`] if they would outlive these; [`Error::NotNarrowable`] if these were not vended, or
    /// have been narrowed three times; [`Error::PackedPolicyTooLarge`] if the session token would be too long.
    pub fn narrow(
        &self,
        narrowing: &Narrowing,
        source: &dyn Entropy,
        now: Timestamp,
    ) -> Result<ScopedCredentials, Error> {
        narrowing.check()?;
        let token = self.session_token.expose();
        let split = chain::split(&self.access_key_id, token).map_err(|_| Error::NotNarrowable)?;
        let vended = number_of(&self.access_key_id).is_some() && !split.root_token.is_empty();
        if !vended || split.layers.len() == LAYERS {
            return Err(Error::NotNarrowable);
        }
        let scope = narrowing.scope(self.expires_at, source, now)?;
        let layer = layer::write(&scope, narrowing.minimum_token_size.saturating_sub(token.len() + 1));
        let session_token = format!("{token}{BETWEEN}{layer}");
        if session_token.len() > LONGEST_TOKEN {
            return Err(Error::PackedPolicyTooLarge(session_token.len() * 100 / LONGEST_TOKEN));
        }
        let access_key_id = chain::id_after(&self.access_key_id, &session_token);
        let credentials = Credentials {
            secret: chain::secret_after(&self.secret, &access_key_id),
            access_key_id,
            session_token: session_token.into(),
            expires_at: scope.expires_at,
        };
        Ok(ScopedCredentials { credentials, scoped_session_id: scope.id, layers: split.layers.len() + 1 })
    }
}

impl Narrowing {
    fn check(&self) -> Result<(), Error> {
        let Self { policy, duration_seconds, description, minimum_token_size } = self;
        if policy.is_none() && duration_seconds.is_none() {
            return Err(Invalid::NothingNarrowed.into());
        }
        let longer_than_is_taken = |policy: &String| policy.chars().count() > LONGEST_POLICY;
        if policy.as_ref().is_some_and(longer_than_is_taken) {
            return Err(Invalid::ScopePolicyLength.into());
        }
        if duration_seconds.is_some_and(|seconds| !(1..=129_600).contains(&seconds)) {
            return Err(Invalid::ScopeDuration.into());
        }
        if description.as_ref().is_some_and(|text| !(2..=256).contains(&text.chars().count())) {
            return Err(Invalid::ScopeDescription.into());
        }
        if *minimum_token_size > 4096 {
            return Err(Invalid::MinimumTokenSize.into());
        }
        if let Some(policy) = policy {
            Policy::parse("scope", PolicyKind::Identity, policy)?;
        }
        Ok(())
    }

    /// The layer that this makes under credentials of this end.
    fn scope(&self, outer_end: Timestamp, source: &dyn Entropy, now: Timestamp) -> Result<Scope, Error> {
        let expires_at = self.duration_seconds.map_or(outer_end, |seconds| now.plus_seconds(seconds));
        if expires_at > outer_end || outer_end <= now {
            return Err(Error::InsufficientSessionLifetime);
        }
        let id = entropy::text(source, SCOPE_ID_LETTERS, 26);
        Ok(Scope { id, description: self.description.clone(), policy: self.policy.clone(), expires_at })
    }
}
