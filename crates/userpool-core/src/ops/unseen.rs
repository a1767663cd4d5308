//! Codes where users are hidden: whoever gets one and whoever gets none, nobody among them, cost the same until they are answered,
//! and nobody's answer waits for a message.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::ids::Subject;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::{User, UserStatus};
use crate::ops::code_target::CodeTarget;
use crate::ops::messages::Letter;
use crate::ports::{Job, MessageReason};
use crate::reasons::{Invalid, Trigger};
use crate::service::UserPools;
use crate::storage::CodeWrite;

/// Whether a code is for somebody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Meant {
    /// It is, and it is sent.
    ForUser,
    /// It is for nobody, or for somebody who shall have none: it is right for no guess, and is not sent.
    ForNobody,
}

/// A code that is asked for through a client that hides users.
pub(crate) struct UnseenCode<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) client: &'a AppClient,
    /// Somebody, or who [stands in](UserPools::stand_in) for nobody.
    pub(crate) user: &'a User,
    pub(crate) target: CodeTarget,
    /// Where it goes, or would.
    pub(crate) address: (Contact, String),
    pub(crate) reason: MessageReason,
    pub(crate) meant: Meant,
}

impl UserPools {
    /// Stores a code, within the budgets, and has it sent if it is meant for somebody. What becomes of the message is not
    /// answered: whoever asks would learn that there was one.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`]; [`Error::TooManyRequests`] if too many messages are under way.
    pub(crate) async fn send_unseen(&self, order: UnseenCode<'_>) -> Result<(), Error> {
        let under_way = self.sending.begin().ok_or(Error::TooManyRequests)?;
        let UnseenCode { pool, client, user, target, address: (contact, address), reason, meant } = order;
        let limits = self.message_limits_of(pool);
        let target = match meant {
            Meant::ForUser => target.leaving(&limits, contact),
            Meant::ForNobody => target.pretending(&limits, contact),
        };
        let (mut code, secret) = self.new_code_for(pool, &target, reason, (contact, address.clone()));
        if meant == Meant::ForNobody {
            // No text that anybody types has this hash.
            code.hash = self.random::<32>().to_vec();
        }
        self.commit_send(&target, vec![CodeWrite::Put { code }.into()], Error::from).await?;
        let (service, pool, client, user) = (self.clone(), pool.clone(), client.clone(), user.clone());
        let waits = self.waits_to_send(&pool);
        let work = async move {
            let _until_sent = under_way;
            let (pool, client, user) = (&pool, Some(&client), &user);
            let letter = Letter { pool, client, user, contact, address, reason, secret };
            match meant {
                Meant::ForUser => service.send(letter).await.map(drop),
                Meant::ForNobody => Ok(()),
            }
        };
        let name = "send a code";
        if waits {
            self.background.start(Job { name, work: Box::pin(work) }).await;
        } else if let Err(error) = work.await {
            // For the log of whoever runs jobs.
            self.background.start(Job { name, work: Box::pin(async { Err(error) }) }).await;
        }
        Ok(())
    }

    /// Whether it takes long to send a message: then it is sent behind the answer.
    fn waits_to_send(&self, pool: &UserPool) -> bool {
        let triggers = [Trigger::CustomMessage, Trigger::CustomEmailSender, Trigger::CustomSmsSender];
        !self.messenger.is_prompt()
            || triggers.into_iter().any(|trigger| pool.settings.lambda.function(trigger).is_some())
    }

    /// Somebody who is not there, as like a user as need be to cost as much.
    pub(crate) fn stand_in(&self, pool: &UserPool, sub: Subject, contact: Contact) -> Result<User, Error> {
        let now = self.now();
        let attributes = [
            ("sub".to_owned(), sub.to_string()),
            (contact.attribute().to_owned(), "nobody@nowhere.invalid".to_owned()),
            (contact.verified_attribute().to_owned(), "true".to_owned()),
        ];
        Ok(User {
            pool: pool.id.clone(),
            username: sub.as_str().parse().map_err(|_| Invalid::Username)?,
            sub,
            names: BTreeMap::new(),
            attributes: attributes.into(),
            pending: BTreeMap::new(),
            status: UserStatus::Confirmed,
            enabled: true,
            memberships: BTreeMap::new(),
            logins: Vec::new(),
            epoch: 0,
            created_at: now,
            modified_at: now,
        })
    }
}
