//! Users are told of changes to their accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use identity_kernel::secret::SecretString;

use crate::error::{Error, ErrorCode};
use crate::model::client::AppClient;
use crate::model::code_budget::CodeBudget;
use crate::model::factors::{SecondFactor, SecondFactors};
use crate::model::ids::{Subject, UserPoolId};
use crate::model::notices::{NOTICES, Notice, NoticeText};
use crate::model::pool::{Contact, UserPool};
use crate::model::rate::TooEarly;
use crate::model::user::User;
use crate::ops::messages::Letter;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ports::{Action, Actor, Event, MessageReason, Outcome};
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{CodeWrite, PoolWrite};

impl UserPools {
    /// Sets a pool's own texts of notices, in the place of those before; the usual text stands for what is not there. Whether
    /// users are told says [`AccountRules::tell_of_changes`](crate::model::pool::AccountRules::tell_of_changes).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for a text that is too short or long, or has a place for a code;
    /// [`Error::Concurrent`].
    pub async fn set_notice_texts(&self, pool: &UserPoolId, texts: BTreeMap<Notice, NoticeText>) -> Result<(), Error> {
        if !texts.values().all(NoticeText::is_sound) {
            return Err(Invalid::NoticeText.into());
        }
        let before = self.pool(pool).await?;
        let mut after = before.record.clone();
        after.notice_texts = texts;
        after.modified_at = self.now();
        Ok(self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await?)
    }

    /// Tells a user of a change that was made, where the pool wants that: at the verified mail address that the user had
    /// before, or else by a text message to the verified number. That nothing could be sent changes nothing of what was done.
    pub(crate) async fn tell_user(&self, pool: &UserPool, client: Option<&AppClient>, user: &User, notice: Notice) {
        if !pool.settings.account_rules.tell_of_changes {
            return;
        }
        let verified = [Contact::Email, Contact::PhoneNumber].into_iter().filter(|contact| user.has_verified(*contact));
        let mut addresses = verified.filter_map(|contact| Some((contact, user.address(contact)?)));
        let Some((contact, address)) = addresses.next() else { return };
        if Box::pin(self.count_notice(pool, &user.sub, contact)).await.is_err() {
            return Box::pin(self.tell_unsent_notice(pool, user, notice)).await;
        }
        let (reason, secret) = (MessageReason::Notice(notice), SecretString::from(String::new()));
        let _ = Box::pin(self.send(Letter { pool, client, user, contact, address, reason, secret })).await;
    }

    /// Tells a user of the addresses that are others now, at the ones before.
    pub(crate) async fn tell_of_new_addresses(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        (before, after): (&User, &User),
    ) {
        for (contact, notice) in
            [(Contact::Email, Notice::EmailChanged), (Contact::PhoneNumber, Notice::PhoneNumberChanged)]
        {
            if before.has_verified(contact) && before.address(contact) != after.address(contact) {
                self.tell_user(pool, client, before, notice).await;
            }
        }
    }

    /// Tells a user of second factors that came or went.
    pub(crate) async fn tell_of_factors(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        user: &User,
        change: FactorChange,
    ) {
        if change.added {
            self.tell_user(pool, client, user, Notice::FactorAdded).await;
        }
        if change.removed {
            self.tell_user(pool, client, user, Notice::FactorRemoved).await;
        }
    }

    /// Counts a notice. A mail is sent whatever the pool's limits are: else a flood of sign-ups would keep it from the user.
    async fn count_notice(&self, pool: &UserPool, sub: &Subject, contact: Contact) -> Result<(), Error> {
        let name = notices_of(sub);
        for _ in 0..MOST_ROUNDS {
            let before = self.storage.codes().budgets(&pool.id, std::slice::from_ref(&name)).await?;
            let before = before.into_iter().next().flatten();
            let so_far: CodeBudget = before.as_deref().copied().unwrap_or_default();
            let sends = so_far.sends.one_more(&NOTICES, self.now());
            let sends = sends.map_err(|TooEarly(retry_after_seconds)| Error::LimitExceeded { retry_after_seconds })?;
            let after = CodeBudget { sends, ..so_far };
            let write = CodeWrite::SetBudget { pool: pool.id.clone(), name: name.clone(), before, after };
            match self.storage.commit(vec![write.into()]).await {
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    return match contact {
                        Contact::Email => {
                            self.count_anyway(pool, sub, contact).await;
                            Ok(())
                        }
                        Contact::PhoneNumber => self.count_message(pool, sub, contact).await,
                    };
                }
            }
        }
        Err(Error::TooManyRequests)
    }

    /// Whoever operates hears of a notice that a limit held back.
    async fn tell_unsent_notice(&self, pool: &UserPool, user: &User, notice: Notice) {
        let why = format!("a notice ({}) was not sent: the user or the pool has had too many", notice.name());
        let event = Event {
            id: self.uuid(),
            time: self.now(),
            pool: Some(pool.id.clone()),
            client: None,
            actor: Actor::User,
            username: Some(user.username.to_string()),
            user: Some(user.sub.clone()),
            action: Action::SendMessage,
            outcome: Outcome::Refused(ErrorCode::LimitExceeded, why),
            context: Arc::clone(&self.context),
            kept: None,
            log_to: None,
        };
        self.events.record(&event).await;
    }
}

/// What became of a user's second factors.
#[derive(Clone, Copy)]
pub(crate) struct FactorChange {
    added: bool,
    removed: bool,
}

impl FactorChange {
    /// An app is added when it is proved, also in the place of another; a number or mailbox when it is turned on. Either is
    /// removed when it is turned off or taken away.
    pub(crate) fn between(before: Option<&SecondFactors>, after: &SecondFactors) -> Self {
        let none = SecondFactors::default();
        let before = before.unwrap_or(&none);
        let app = |factors: &SecondFactors| factors.software_token.as_ref().map(|app| app.sealed_seed.clone());
        let (old, new) = (app(before), app(after));
        let turned_on =
            |factor: &SecondFactor| !before.active.contains(factor) && *factor != SecondFactor::SoftwareToken;
        Self {
            added: after.active.iter().any(turned_on) || (new.is_some() && new != old),
            removed: !before.active.is_subset(&after.active) || (old.is_some() && new.is_none()),
        }
    }
}

/// The name of the budget of a user's notices.
pub(crate) fn notices_of(sub: &Subject) -> String {
    format!("notices-{sub}")
}
