//! Sessions.

use document_store::error::StorageError;
use document_store::{Index, Stored};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::InvalidationMark;
use crate::model::session::{Grant, Session};

/// How a session is stored.
#[derive(Serialize, Deserialize)]
pub struct SessionForm {
    pool: UserPoolId,
    id: String,
    sub: Subject,
    client: ClientId,
    epoch: u64,
    mark: InvalidationMark,
    auth_time: Timestamp,
    event_id: String,
    grant: Grant,
    expires_at: Timestamp,
    refresh_seed: String,
    generation: u32,
    rotated_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// The sessions of a user.
pub(crate) const BY_USER: Index<Session> =
    Index { name: "user", since: 1, values: |session| vec![session.sub.to_string()] };

impl Stored for Session {
    type Form = SessionForm;
    const KIND: &'static str = "session";
    const VERSION: u32 = 1;

    fn to_form(&self) -> SessionForm {
        let Self {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        } = self.clone();
        SessionForm {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        }
    }

    fn from_form(form: SessionForm) -> Result<Self, StorageError> {
        let SessionForm {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        } = form;
        Ok(Self {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        })
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.id]
    }

    fn indexes() -> &'static [Index<Self>] {
        &[BY_USER]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(self.expires_at.epoch_millis())
    }
}
