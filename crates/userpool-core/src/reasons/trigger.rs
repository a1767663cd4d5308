use serde::{Deserialize, Serialize};

/// A kind of trigger.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Trigger {
    /// Makes a challenge of the application's own.
    CreateAuthChallenge,
    /// Brings mails.
    CustomEmailSender,
    /// Writes the texts of messages.
    CustomMessage,
    /// Brings text messages.
    CustomSmsSender,
    /// Says which challenge of a custom sign-in is next.
    DefineAuthChallenge,
    /// After every factor has passed.
    PostAuthentication,
    /// After a sign-up or a new password was confirmed.
    PostConfirmation,
    /// Before the first factor is judged.
    PreAuthentication,
    /// Before a user is made.
    PreSignUp,
    /// Before tokens are signed.
    PreTokenGeneration,
    /// Knows users who are not here yet.
    UserMigration,
    /// Judges the answer to a challenge of the application's own.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::CreateAuthChallenge,
        Self::CustomEmailSender,
        Self::CustomMessage,
        Self::CustomSmsSender,
        Self::DefineAuthChallenge,
        Self::PostAuthentication,
        Self::PostConfirmation,
        Self::PreAuthentication,
        Self::PreSignUp,
        Self::PreTokenGeneration,
        Self::UserMigration,
        Self::VerifyAuthChallengeResponse,
    ];

    /// Its name in errors and events. Never renamed.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::CustomEmailSender => "CustomEmailSender",
            Self::CustomMessage => "CustomMessage",
            Self::CustomSmsSender => "CustomSMSSender",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::PostAuthentication => "PostAuthentication",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PreSignUp => "PreSignUp",
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::UserMigration => "UserMigration",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
        }
    }
}

impl std::fmt::Display for Trigger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_stands_in_order() {
        assert!(Trigger::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(Trigger::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
    }
}
