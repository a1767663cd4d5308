//! Sign-ins that are to reach a level, from nothing or from what a session has proved.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::acr::Level;
use crate::model::ceremony::{Ceremony, Challenge, Evidence, first_factors, proofs, reaches};
use crate::model::factors::Factor;
use crate::ops::ceremonies::{Attempt, stopped};
use crate::ops::outcome::AuthOutcome;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;

/// How strong a sign-in is to be.
#[derive(Clone, Debug, Default)]
pub struct StepUp {
    /// Names of levels, the one that is wanted most first. The first that the user can reach is asked for.
    pub levels: Vec<String>,
    /// An access token of the same user and client: what its session has proved is not asked for again.
    pub access_token: Option<SecretString>,
    /// How many seconds ago that session may have begun at most; `None` for any number.
    pub max_age: Option<i64>,
}

/// What is aimed at.
pub(crate) struct Aim {
    pub(crate) target: Level,
    /// What a session has proved of it; empty to begin from nothing.
    pub(crate) proved: Vec<Factor>,
}

impl UserPools {
    /// The level that a sign-in is to reach, and what of it is proved already. Nobody is answered as a user who has no second
    /// factor.
    pub(crate) async fn aim(&self, attempt: &Attempt<'_>, step_up: StepUp) -> Result<Aim, Error> {
        let names = &attempt.pool.settings.acr;
        let wanted: Vec<Level> = step_up.levels.iter().filter_map(|name| names.level(name)).collect();
        if wanted.is_empty() {
            return Err(Invalid::AcrUnknown.into());
        }
        let within_reach = |level: &Level| !attempt.judge(|facts| first_factors(facts, Some(*level))).is_empty();
        let target = wanted.into_iter().find(within_reach).ok_or(Invalid::AcrOutOfReach)?;
        let proved = match &step_up.access_token {
            Some(token) => self.proved_lately(attempt, token, step_up.max_age).await?,
            None => Vec::new(),
        };
        if Level::of(&proofs(&proved)) >= Some(target) {
            return Err(Invalid::AcrReached.into());
        }
        let is_a_beginning = attempt.judge(|facts| reaches(facts, target, &proofs(&proved)));
        Ok(Aim { target, proved: if is_a_beginning { proved } else { Vec::new() } })
    }

    /// What the session of this token has proved; nothing if that is too long ago.
    async fn proved_lately(
        &self,
        attempt: &Attempt<'_>,
        token: &SecretString,
        max_age: Option<i64>,
    ) -> Result<Vec<Factor>, Error> {
        let me = self.self_service(token).await?;
        let is_theirs = attempt.user.as_ref().is_some_and(|user| user.sub == me.user.sub);
        if !is_theirs || me.client.id != attempt.client.id {
            return Err(Error::wrong_password());
        }
        let id = me.claims.origin_jti.as_deref().ok_or(Refusal::SessionInvalid)?;
        let session = self.storage.sessions().get(&me.pool.id, id).await?.ok_or(Refusal::SessionInvalid)?;
        if max_age.is_some_and(|seconds| !self.now().is_within(session.auth_time, seconds)) {
            return Ok(Vec::new());
        }
        Ok(session.grant.amr.iter().filter_map(|name| Factor::named(name)).collect())
    }

    /// Goes on with what a session has proved: only what is missing is asked for.
    pub(crate) async fn step_up(
        &self,
        attempt: &Attempt<'_>,
        ceremony: Ceremony,
        proved: Vec<Factor>,
    ) -> Result<AuthOutcome, Error> {
        let ceremony = Ceremony { passed: proved, next: Challenge::StepUp {}, ..ceremony };
        let step = self.advance(attempt, ceremony, Evidence::SteppingUp);
        self.go_on(attempt, step.map_err(|stop| stopped(&Challenge::StepUp {}, stop))?, Vec::new()).await
    }
}
