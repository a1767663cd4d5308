//! What is asked for, and what it must meet.

use std::collections::{BTreeMap, BTreeSet};

use credential_vending::{Caller, Error as VendingError, tag_rules};
use iam_policy::Context;
use jwt_tokens::Algorithm;

use crate::error::Error;
use crate::reasons::OutboundProblem;

/// Asks for a token about oneself.
#[derive(Clone, Debug)]
pub struct GetWebIdentityToken {
    /// Who signed.
    pub caller: Caller,
    /// For whom the token is: 1 to 10.
    pub audiences: Vec<String>,
    /// RS256 or ES384.
    pub algorithm: Algorithm,
    /// How long, 60 to 3,600 seconds and no longer than the session; `None` is 300.
    pub duration_seconds: Option<i64>,
    /// What the token is good for at its one audience, for [`SubjectMode::OriginIdentity`] (RFC 6749 §3.3).
    pub scope: Option<String>,
    /// Whom the token names.
    pub subject_mode: SubjectMode,
    /// What else it says: as session tags are.
    pub tags: BTreeMap<String, String>,
    /// What policies may ask of the request's circumstances.
    pub circumstances: Context,
}

/// Whom a token names as its subject.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SubjectMode {
    /// The session's role or the operator, by its ARN.
    #[default]
    AwsIdentity,
    /// The person or program behind the session, as their provider names them.
    OriginIdentity,
}

impl SubjectMode {
    /// `AWSIdentity` or `OriginIdentity`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsIdentity => "AWSIdentity",
            Self::OriginIdentity => "OriginIdentity",
        }
    }
}

impl GetWebIdentityToken {
    /// Seconds that the token is to live, whether it may or not.
    pub(super) fn seconds(&self) -> i64 {
        self.duration_seconds.unwrap_or(300)
    }

    /// How long the token is to live, if all of the request is in bounds.
    pub(super) fn check(&self) -> Result<i64, Error> {
        let audience = |one: &String| (1..=1000).contains(&one.chars().count());
        if !(1..=10).contains(&self.audiences.len()) || !self.audiences.iter().all(audience) {
            return Err(OutboundProblem::Audience.into());
        }
        if !matches!(self.algorithm, Algorithm::Rs256 | Algorithm::Es384) {
            return Err(OutboundProblem::Algorithm.into());
        }
        if self.scope.as_ref().is_some_and(|scope| !self.takes_scope(scope)) {
            return Err(OutboundProblem::Scope.into());
        }
        let tags = tag_rules::check_session_tags(&self.tags);
        tags.map_err(|reason| Error::Vending(VendingError::InvalidInput(reason)))?;
        let seconds = self.seconds();
        if (60..=3600).contains(&seconds) { Ok(seconds) } else { Err(OutboundProblem::Duration.into()) }
    }

    fn takes_scope(&self, scope: &str) -> bool {
        let letter = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let words: Vec<&str> = scope.split(' ').collect();
        let sound = words.iter().all(|word| !word.is_empty() && word.bytes().all(letter));
        let distinct: BTreeSet<&str> = words.iter().copied().collect();
        let fits = self.subject_mode == SubjectMode::OriginIdentity && self.audiences.len() == 1;
        fits && sound && distinct.len() == words.len() && scope.len() <= 256
    }
}
