//! Sessions that are tracked: begun within what a user may have, used, shown, and ended one by one.

use std::net::IpAddr;

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::session::{Session, make_room};
use crate::model::session_id::SessionId;
use crate::model::session_tracking::{Activity, TrackedSessions};
use crate::model::user::User;
use crate::model::user_agent;
use crate::ops::account::Proof;
use crate::ops::case::Case;
use crate::ops::rounds::is_overtaken;
use crate::ops::taken::refused_step;
use crate::ports::Action;
use crate::reasons::{Invalid, Kind, Refusal};
use crate::service::UserPools;
use crate::storage::{SessionWrite, TrackingWrite, Write};

/// A session as it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionInfo {
    /// Its id: `tkn` and 25 letters and digits.
    pub id: String,
    /// The app client.
    pub client: ClientId,
    /// When the user signed in.
    pub began_at: Timestamp,
    /// When the user signed in, or tokens were last refreshed.
    pub last_active_at: Timestamp,
    /// The operating system and the program that were last used, as they name themselves.
    pub device: Option<String>,
    /// The address that was last used.
    pub address: Option<IpAddr>,
    /// Whether it is the session of the token that asks.
    pub is_current: bool,
}

/// Which session ends, and which with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Associated {
    /// That one alone.
    None,
    /// With it, the sign-in at the managed login that it came through. Sessions that began at this API came through none.
    Linked,
}

/// How often a sign-in looks again that others of the same user overtook.
const TRIES: usize = 64;

impl UserPools {
    /// My sessions in this pool, through whatever client, the last used first; none if the pool does not track them.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`].
    pub async fn list_user_sessions<'a>(&self, caller: impl Into<Proof<'a>>) -> Result<Vec<SessionInfo>, Error> {
        let me = self.self_service(caller.into()).await?;
        let mut found = self.shown_sessions(&me.pool, &me.user).await?;
        let own = me.claims.origin_jti.as_deref().and_then(SessionId::of_uuid).map(|id| id.to_string());
        for session in &mut found {
            session.is_current = Some(&session.id) == own.as_ref();
        }
        Ok(found)
    }

    /// A user's sessions, the last used first; none if the pool does not track them.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_list_user_sessions(&self, pool: &UserPoolId, username: &str) -> Result<Vec<SessionInfo>, Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        self.shown_sessions(&pool, &user).await
    }

    /// Ends another session of mine: it refreshes no more, and its access tokens count no more at this API.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::NotFound`] for what is no living session of mine, and where the pool tracks none;
    /// [`Error::InvalidParameter`] for the session of the token that asks.
    pub async fn revoke_user_session<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        session: &str,
        with: Associated,
    ) -> Result<(), Error> {
        let me = self.self_service(caller.into()).await?;
        let mut case = Case::new(Action::Revoke, &me.client.id);
        (case.pool, case.user) = (Some(me.pool.id.clone()), Some(me.user.sub.clone()));
        let own = me.claims.origin_jti.as_deref().and_then(SessionId::of_uuid);
        let outcome = match session.parse::<SessionId>() {
            Ok(id) if Some(id) == own => Err(Invalid::OwnSession.into()),
            _ => self.revoke_session_of(&me.pool, &me.user, session, with).await,
        };
        self.record(case, &outcome).await;
        outcome
    }

    /// Ends a session of a user.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], also for a session of another user, and where the pool tracks none.
    pub async fn admin_revoke_user_session(
        &self,
        pool: &UserPoolId,
        username: &str,
        session: &str,
        with: Associated,
    ) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        let outcome = self.revoke_session_of(&pool, &user, session, with).await;
        self.record(Case::of_administrator(Action::Revoke, &pool.id, &user.sub), &outcome).await;
        outcome
    }

    async fn revoke_session_of(
        &self,
        pool: &UserPool,
        user: &User,
        session: &str,
        with: Associated,
    ) -> Result<(), Error> {
        let nothing = || Error::NotFound(Kind::Session);
        let id: SessionId = session.parse().map_err(|_| nothing())?;
        if !pool.session_tracking.enabled {
            return Err(nothing());
        }
        let found = self.storage.sessions().get(&pool.id, &id.uuid()).await?;
        let found = found.filter(|session| self.is_shown(pool, user, session)).ok_or_else(nothing)?;
        match with {
            // A session that began at this API has no sign-in of the managed login behind it.
            Associated::None | Associated::Linked => self.end_session(found).await,
        }
    }

    async fn shown_sessions(&self, pool: &UserPool, user: &User) -> Result<Vec<SessionInfo>, Error> {
        if !pool.session_tracking.enabled {
            return Ok(Vec::new());
        }
        let tracked = self.storage.tracking().of_user(&pool.id, &user.sub).await?;
        let mut found = self.living_of(pool, user, tracked.as_deref()).await?;
        found.sort_by_key(|session| std::cmp::Reverse((session.last_active_at(), session.id.clone())));
        Ok(found.iter().filter_map(|session| shown(session)).collect())
    }

    /// Those of these sessions of a user that live.
    async fn living_of(
        &self,
        pool: &UserPool,
        user: &User,
        tracked: Option<&TrackedSessions>,
    ) -> Result<Vec<Versioned<Session>>, Error> {
        let ids: Vec<&str> = tracked.iter().flat_map(|tracked| tracked.ids.iter().map(String::as_str)).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.storage.sessions().get_many(&pool.id, &ids).await?;
        found.retain(|session| self.is_shown(pool, user, session));
        Ok(found)
    }

    /// Whether it is a tracked session of this user that goes on.
    fn is_shown(&self, pool: &UserPool, user: &User, session: &Session) -> bool {
        session.activity.is_some() && session.is_alive(pool, user) && self.now() < session.expires_at
    }

    /// What is kept of this call, if the pool tracks sessions.
    pub(crate) fn activity(&self, pool: &UserPool) -> Option<Activity> {
        pool.session_tracking.enabled.then(|| Activity {
            at: self.now(),
            device: self.context.user_agent.as_deref().and_then(user_agent::describe),
            address: self.context.source,
        })
    }

    /// Stores a session that begins, together with `writes`. If it is tracked, those that were used longest ago end so that the
    /// user has no more than the pool allows, however many sign-ins there are at once.
    pub(crate) async fn commit_session(
        &self,
        pool: &UserPool,
        user: &User,
        session: Session,
        writes: Vec<Write>,
    ) -> Result<(), Error> {
        if session.activity.is_none() {
            let writes = [writes, vec![SessionWrite::Insert { session }.into()]].concat();
            return self.storage.commit(writes).await.map_err(refused_step);
        }
        for _ in 0..TRIES {
            let own = self.writes_of_tracked(pool, user, &session).await?;
            match self.storage.commit([writes.as_slice(), own.as_slice()].concat()).await {
                // Another sign-in of the user came between, or one of the sessions was just used.
                Err(error) if is_overtaken(&error) && error.write().is_some_and(|at| at >= writes.len()) => {}
                outcome => return outcome.map_err(refused_step),
            }
        }
        Err(Error::Concurrent)
    }

    async fn writes_of_tracked(&self, pool: &UserPool, user: &User, session: &Session) -> Result<Vec<Write>, Error> {
        let before = self.storage.tracking().of_user(&pool.id, &user.sub).await?;
        let living = self.living_of(pool, user, before.as_deref()).await?;
        let (ending, staying) = make_room(living, pool.session_tracking.max_per_user);
        let ends = staying.iter().map(|other| other.expires_at).chain([session.expires_at]).max();
        let ids = staying.iter().map(|other| other.id.clone()).chain([session.id.clone()]).collect();
        let (pool, sub) = (pool.id.clone(), user.sub.clone());
        let after = TrackedSessions { pool, sub, ids, ends_at: ends.unwrap_or(session.expires_at) };
        let mut writes: Vec<Write> = vec![TrackingWrite::Set { before, after }.into()];
        let revoked_at = Some(self.now());
        writes.extend(ending.into_iter().map(|before| {
            let after = Session { revoked_at, ..before.record.clone() };
            SessionWrite::Update { before, after }.into()
        }));
        writes.push(SessionWrite::Insert { session: session.clone() }.into());
        Ok(writes)
    }

    /// The session as it is once it was used now.
    pub(crate) fn used_now(&self, pool: &UserPool, session: &Session) -> Session {
        let activity = session.activity.clone().map(|before| self.activity(pool).unwrap_or(before));
        Session { activity, ..session.clone() }
    }

    /// Keeps that a session was used, if it is tracked. Another use that was kept a moment before stands for this one; a session
    /// that was ended meanwhile refuses.
    pub(crate) async fn keep_use(&self, pool: &UserPool, user: &User, before: Versioned<Session>) -> Result<(), Error> {
        if before.activity.is_none() || !pool.session_tracking.enabled {
            return Ok(());
        }
        let (id, after) = (before.id.clone(), self.used_now(pool, &before));
        match self.storage.commit(vec![SessionWrite::Update { before, after }.into()]).await {
            Err(error) if error.kind() == StorageErrorKind::Conflict => {
                let now = self.storage.sessions().get(&pool.id, &id).await?;
                let lives = now.is_some_and(|session| session.is_alive(pool, user));
                if lives { Ok(()) } else { Err(Refusal::RefreshTokenRevoked.into()) }
            }
            outcome => Ok(outcome?),
        }
    }
}

fn shown(session: &Session) -> Option<SessionInfo> {
    let activity = session.activity.as_ref()?;
    Some(SessionInfo {
        id: SessionId::of_uuid(&session.id)?.to_string(),
        client: session.client.clone(),
        began_at: session.auth_time,
        last_active_at: activity.at,
        device: activity.device.clone(),
        address: activity.address,
        is_current: false,
    })
}
