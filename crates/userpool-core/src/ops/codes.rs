//! Codes of every purpose: made, sent within their budgets, and guessed within their budgets.

use std::fmt::Write as _;
use std::net::IpAddr;

use document_store::Versioned;
use identity_kernel::entropy;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::{is_email, is_phone_number};
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose, CodeVerdict};
use crate::model::code_budget::{POOL_SHARDS, Requester};
use crate::model::delivery::{self, Delivery};
use crate::model::ids::Subject;
use crate::model::links;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::User;
use crate::ops::code_target::{CodeTarget, Names};
use crate::service::UserPools;
use crate::storage::Write;

/// The name of the budget of one user and purpose.
pub(crate) fn budget_of(sub: &Subject, purpose: CodePurpose) -> String {
    format!("user-{sub}-{}", purpose.label())
}

/// A right guess.
pub(crate) struct RightGuess {
    pub(crate) code: Versioned<Code>,
    /// Gives the guess back: it did not count. Holds only if nobody guessed since.
    pub(crate) give_back: Vec<Write>,
}

impl UserPools {
    /// The target of codes for `user`, or, for nobody, of the same for the name that was given.
    pub(crate) fn code_target(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        user: Option<&User>,
        named: &str,
        purpose: CodePurpose,
    ) -> CodeTarget {
        let sub = user.map_or_else(|| self.nobody(pool, named), |user| user.sub.clone());
        let address = match user {
            Some(user) => match purpose.contact() {
                Some(contact) => user.provable_address(contact),
                None => delivery::choose(user, |contact| pool.settings.auto_verified.contains(&contact))
                    .map(|(_, address)| address),
            },
            None => (is_email(named) || is_phone_number(named)).then(|| named.to_owned()),
        };
        self.code_target_of(pool, client, sub, address.as_deref(), purpose)
    }

    /// The target of codes for this subject at this address.
    pub(crate) fn code_target_of(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        sub: Subject,
        address: Option<&str>,
        purpose: CodePurpose,
    ) -> CodeTarget {
        let shard = sub.as_str().bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % POOL_SHARDS;
        let counted_at = address.map_or_else(|| format!("none\n{sub}"), str::to_owned);
        let names = Names {
            user: budget_of(&sub, purpose),
            address: self.address_name(pool, &counted_at),
            source: self.source_of(client).map(|source| self.hashed_name(pool, "source", &source)),
            pool: format!("pool-{shard:x}"),
        };
        CodeTarget {
            pool: pool.id.clone(),
            sub,
            purpose,
            counted_at,
            names,
            within: String::new(),
            digits: 6,
            volume: None,
        }
    }

    fn address_name(&self, pool: &UserPool, address: &str) -> String {
        self.hashed_name(pool, "address", &delivery::mailbox(address))
    }

    /// A name for a budget that tells nobody what it is of.
    fn hashed_name(&self, pool: &UserPool, kind: &str, text: &str) -> String {
        let hash = self.master_key.keyed_hash("code-budget", format!("{kind}\n{}\n{text}", pool.id).as_bytes());
        hash.iter().take(16).fold(format!("{kind}-"), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        })
    }

    /// A subject that nobody has, for a name that nobody has: one of a million, so that the records about nobody are
    /// bounded.
    pub(crate) fn nobody(&self, pool: &UserPool, named: &str) -> Subject {
        let hash = self.master_key.keyed_hash("nobody", format!("{}\n{}", pool.id, pool.fold(named)).as_bytes());
        let bucket = hash.iter().take(3).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) & 0x000f_ffff;
        // INVARIANT: a form that every subject has. It is of no version of UUIDs, so nobody is ever given it.
        format!("00000000-0000-0000-0000-{bucket:012x}").parse().unwrap_or_else(|_| unreachable!())
    }

    /// Counts a guess, then looks at it. The guess is given back with the commit that the code is spent in.
    ///
    /// # Errors
    ///
    /// [`Error::CodeMismatch`]; [`Error::ExpiredCode`] if the code has died or there is none;
    /// [`Error::LimitExceeded`] if there were too many guesses.
    pub(crate) async fn guess_code(
        &self,
        pool: &UserPool,
        target: &CodeTarget,
        given: &SecretString,
    ) -> Result<RightGuess, Error> {
        let code = self.storage.codes().get(&target.pool, &target.sub, target.purpose).await?;
        let requested_from = code.as_deref().and_then(|code| code.requested_from.as_ref());
        let requester = match (requested_from, &target.names.source) {
            (Some(asked), Some(guesses)) if asked != guesses => Requester::Another,
            _ => Requester::Same,
        };
        // What is guessed at is the address that the code was sent to, whatever the user's is by now.
        let counted_at = code.as_deref().map_or(&target.counted_at, |code| &code.address);
        let target = &target.at(counted_at, self.address_name(pool, counted_at));
        let (drawn, after) = self.count_guess(target, requester).await?;
        let hash = self.code_hash(target, given.expose());
        let verdict = code.as_deref().map(|code| code.judge(pool, &hash, self.now()));
        if let (Some(code), Some(CodeVerdict::Right)) = (code, verdict) {
            let counted = drawn.with_user_after(&after);
            let after = match target.purpose {
                CodePurpose::SignIn(_) => after.signed_in(),
                CodePurpose::SignUp | CodePurpose::ResetPassword | CodePurpose::VerifyAttribute(_) => after.right(),
            };
            return Ok(RightGuess { code, give_back: counted.of_user(target, &after) });
        }
        self.count_wrong(target).await?;
        Err(if verdict == Some(CodeVerdict::Wrong) { Error::CodeMismatch } else { Error::ExpiredCode })
    }

    /// A fresh code for an address.
    pub(crate) fn new_code(
        &self,
        pool: &UserPool,
        target: &CodeTarget,
        contact: Contact,
        address: String,
    ) -> (Code, SecretString) {
        let plain = SecretString::from(entropy::text(self.entropy.as_ref(), b"0123456789", target.digits));
        (self.code(pool, target, (contact, address), &plain), plain)
    }

    /// A fresh code for a link that goes to an address.
    pub(crate) fn new_link_code(&self, pool: &UserPool, target: &CodeTarget, address: String) -> (Code, SecretString) {
        let plain = SecretString::from(entropy::text(self.entropy.as_ref(), links::LETTERS, links::LENGTH));
        (self.code(pool, target, (Contact::Email, address), &plain), plain)
    }

    fn code(
        &self,
        pool: &UserPool,
        target: &CodeTarget,
        (contact, address): (Contact, String),
        plain: &SecretString,
    ) -> Code {
        let now = self.now();
        Code {
            pool: pool.id.clone(),
            sub: target.sub.clone(),
            purpose: target.purpose,
            contact,
            address,
            hash: self.code_hash(target, plain.expose()),
            mark: pool.mark(),
            requested_from: target.names.source.clone(),
            created_at: now,
            expires_at: now.plus_seconds(target.purpose.lifetime_seconds()),
        }
    }

    fn code_hash(&self, target: &CodeTarget, code: &str) -> Vec<u8> {
        let CodeTarget { pool, sub, purpose, within, .. } = target;
        let bound = format!("{pool}\n{sub}\n{}\n{within}\n{code}", purpose.label());
        self.master_key.keyed_hash("code", bound.as_bytes()).to_vec()
    }

    /// The same of a message to an address of this kind that nobody has.
    pub(crate) fn pretended_delivery_to(&self, pool: &UserPool, contact: Contact, name: &str) -> Delivery {
        let is_it = match contact {
            Contact::Email => is_email(name),
            Contact::PhoneNumber => is_phone_number(name),
        };
        if is_it {
            return Delivery::to(contact, name);
        }
        let seed =
            self.master_key.keyed_hash("pretended-delivery", format!("{}\n{}", pool.id, pool.fold(name)).as_bytes());
        Delivery::pretended(contact, &seed)
    }

    /// What is said of a message that is not sent, so that it looks like one that is: the address of somebody who is
    /// there but gets no code, the address that was given as a name, or else what is the same for the same name on any
    /// node.
    pub(crate) fn pretended_delivery(&self, pool: &UserPool, user: Option<&User>, name: &str) -> Delivery {
        let proves = |contact: Contact| pool.settings.auto_verified.contains(&contact);
        if let Some((contact, address)) = user.and_then(|user| delivery::choose(user, proves)) {
            return Delivery::to(contact, &address);
        }
        if proves(Contact::Email) && is_email(name) {
            return Delivery::to(Contact::Email, name);
        }
        if proves(Contact::PhoneNumber) && is_phone_number(name) {
            return Delivery::to(Contact::PhoneNumber, name);
        }
        let seed =
            self.master_key.keyed_hash("pretended-delivery", format!("{}\n{}", pool.id, pool.fold(name)).as_bytes());
        Delivery::pretended(if proves(Contact::Email) { Contact::Email } else { Contact::PhoneNumber }, &seed)
    }
}

/// The network that one caller has to itself: an address of IPv4, the first 64 bits of one of IPv6.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x}/64", u128::from(address) >> 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_address_or_a_network_of_64_bits() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_eq!(of("2001:db8:1:2::7"), of("2001:db8:1:2:ffff::8"));
        assert_ne!(of("2001:db8:1:2::7"), of("2001:db8:1:3::7"));
    }
}
