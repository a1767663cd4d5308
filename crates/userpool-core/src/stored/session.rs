//! Sessions.

use document_store::error::StorageError;
use document_store::{Index, Stored};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::end_of_day;
use crate::model::device::DeviceKey;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::InvalidationMark;
use crate::model::session::{Grant, Session};
use crate::model::session_tracking::{Activity, TrackedSessions};

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
    device_offered: bool,
    device: Option<DeviceKey>,
    activity: Option<Activity>,
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
            device_offered,
            device,
            activity,
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
            device_offered,
            device,
            activity,
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
            device_offered,
            device,
            activity,
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
            device_offered,
            device,
            activity,
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

/// Which sessions of a user are tracked, as it is stored.
#[derive(Serialize, Deserialize)]
pub struct TrackedForm {
    pool: UserPoolId,
    sub: Subject,
    ids: Vec<String>,
    ends_at: Timestamp,
}

impl Stored for TrackedSessions {
    type Form = TrackedForm;
    const KIND: &'static str = "tracked-sessions";
    const VERSION: u32 = 1;

    fn to_form(&self) -> TrackedForm {
        let Self { pool, sub, ids, ends_at } = self.clone();
        TrackedForm { pool, sub, ids, ends_at }
    }

    fn from_form(form: TrackedForm) -> Result<Self, StorageError> {
        let TrackedForm { pool, sub, ids, ends_at } = form;
        Ok(Self { pool, sub, ids, ends_at })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str()]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(end_of_day(self.ends_at))
    }
}
