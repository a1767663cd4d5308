//! Authorizations: codes, and sign-ins of browsers.

use document_store::Stored;
use document_store::error::StorageError;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::authorization_code::{AuthorizationCode, Granted};
use crate::model::browser_session::BrowserSession;
use crate::model::ceremony::KeptProofs;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::InvalidationMark;

/// How a code is stored.
#[derive(Serialize, Deserialize)]
pub struct AuthorizationCodeForm {
    pool: UserPoolId,
    id: String,
    client: ClientId,
    redirect_uri: String,
    names_redirect_uri: bool,
    challenge: Option<String>,
    granted: Granted,
    sub: Subject,
    epoch: u64,
    mark: InvalidationMark,
    auth_time: Timestamp,
    proofs: KeptProofs,
    expires_at: Timestamp,
    spent: Option<String>,
    kept_until: Timestamp,
}

/// Both directions between a record and a form of the same members.
macro_rules! member_by_member {
    ($record:ident, $form:ident, $kind:literal, $ends_at:ident, { $($member:ident),* $(,)? }) => {
        impl Stored for $record {
            type Form = $form;
            const KIND: &'static str = $kind;
            const VERSION: u32 = 1;

            fn to_form(&self) -> $form {
                let Self { $($member),* } = self.clone();
                $form { $($member),* }
            }

            fn from_form(form: $form) -> Result<Self, StorageError> {
                let $form { $($member),* } = form;
                Ok(Self { $($member),* })
            }

            fn id(&self) -> Vec<&str> {
                vec![&self.id]
            }

            fn ends_at_millis(&self) -> Option<i64> {
                Some(self.$ends_at.epoch_millis())
            }
        }
    };
}

member_by_member!(AuthorizationCode, AuthorizationCodeForm, "authorization-code", kept_until, {
    pool, id, client, redirect_uri, names_redirect_uri, challenge, granted, sub, epoch, mark, auth_time, proofs, expires_at,
    spent, kept_until,
});

/// How a browser's sign-in is stored.
#[derive(Serialize, Deserialize)]
pub struct BrowserSessionForm {
    pool: UserPoolId,
    id: String,
    sub: Subject,
    epoch: u64,
    mark: InvalidationMark,
    auth_time: Timestamp,
    proofs: KeptProofs,
    expires_at: Timestamp,
}

member_by_member!(BrowserSession, BrowserSessionForm, "browser-session", expires_at, {
    pool, id, sub, epoch, mark, auth_time, proofs, expires_at,
});
