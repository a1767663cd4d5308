//! How many messages pools send, as an operator says it: 0 stands for any number.

use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::model::message_limits::MessageLimits;
use clap::Args;

use crate::Failure;
use crate::maintenance::Storage;

/// What is said of messages; what is not stays as it is.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    /// Mails in a day of UTC; 0 for any number.
    #[arg(long)]
    pub(crate) mails_a_day: Option<u32>,
    /// Text messages in a day of UTC; 0 for any number.
    #[arg(long)]
    pub(crate) texts_a_day: Option<u32>,
    /// Text messages in a month of UTC; 0 for any number.
    #[arg(long)]
    pub(crate) texts_a_month: Option<u32>,
}

impl Said {
    /// These limits, with what was said in its place.
    pub(crate) fn over(self, limits: MessageLimits) -> MessageLimits {
        let or = |said: Option<u32>, limit| said.map_or(limit, |said| (said > 0).then_some(said));
        MessageLimits {
            mails_a_day: or(self.mails_a_day, limits.mails_a_day),
            texts_a_day: or(self.texts_a_day, limits.texts_a_day),
            texts_a_month: or(self.texts_a_month, limits.texts_a_month),
        }
    }

    fn is_empty(self) -> bool {
        self.mails_a_day.is_none() && self.texts_a_day.is_none() && self.texts_a_month.is_none()
    }
}

/// `cenote pool message-limits`.
#[derive(Args)]
pub(crate) struct PoolLimits {
    /// The pool's id.
    pool: UserPoolId,
    #[command(flatten)]
    said: Said,
    /// Let the pool go by what `serve` says again.
    #[arg(long)]
    reset: bool,
    #[command(flatten)]
    storage: Storage,
}

impl PoolLimits {
    /// Sets what was said, and shows what holds for the pool alone.
    pub(crate) async fn run(self) -> Result<String, Failure> {
        let cenote = self.storage.cenote().await?;
        let users = cenote.user_pools();
        let pool = users.describe_user_pool(&self.pool).await?;
        let mut own = if self.reset { None } else { pool.message_limits };
        if !self.said.is_empty() {
            own = Some(self.said.over(own.unwrap_or(users.message_limits_of(&pool))));
        }
        if own != pool.message_limits {
            users.set_message_limits(&self.pool, own).await?;
        }
        let word = |limit: Option<u32>| limit.map_or_else(|| "any".to_owned(), |limit| limit.to_string());
        Ok(match own {
            None => "as the server says".to_owned(),
            Some(own) => format!(
                "mails-a-day {}  texts-a-day {}  texts-a-month {}",
                word(own.mails_a_day),
                word(own.texts_a_day),
                word(own.texts_a_month)
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_takes_the_place_of_a_limit_and_nothing_stands_for_any_number() {
        let said = Said { mails_a_day: Some(0), texts_a_day: Some(7), texts_a_month: None };

        let limits = said.over(MessageLimits::HARDENED);

        let expected = MessageLimits { mails_a_day: None, texts_a_day: Some(7), ..MessageLimits::HARDENED };
        assert_eq!(limits, expected);
    }
}
