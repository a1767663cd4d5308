use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::CredentialError;
use crate::model::{Revocation, Revoked};
use crate::scoped;
use crate::session::SessionStamp;
use crate::vending_key::VendingKey;

/// What was revoked and can still matter, at one moment. Verifiers poll it in its signed form.
///
/// It stays small: a revocation leaves it when the longest session (36 hours) has passed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevocationList {
    /// When it was made.
    pub issued_at: Timestamp,
    /// What was revoked.
    pub revocations: Vec<Revocation>,
}

/// How a list is signed. Verifiers of other versions read it: a list with a member or a kind of revocation that they do not
/// know is not taken, so that they refuse everything once their last list has grown old.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    form: u16,
    issued_at: Timestamp,
    revocations: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    id: u64,
    what: Revoked,
    at: Timestamp,
}

/// The form that is written and read here.
const FORM: u16 = 1;

/// For what lists are signed.
const PURPOSE: &str = "revocation-list";

impl RevocationList {
    /// The list signed with a vending key: `AB.`, the list, `.`, and its HMAC-SHA256, in base64url.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a list is text and numbers: it has a JSON form"
    )]
    pub fn sign(&self, key: &VendingKey) -> String {
        let listed = |one: &Revocation| Listed { id: one.id, what: one.what.clone(), at: one.at };
        let revocations = self.revocations.iter().map(listed).collect();
        let list = Signed { form: FORM, issued_at: self.issued_at, revocations };
        // INVARIANT: text and numbers have a JSON form.
        let list = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&list).expect("a list has a JSON form"));
        let signed = format!("{}.{list}", key.number());
        let mac = URL_SAFE_NO_PAD.encode(key.mac(PURPOSE, signed.as_bytes()));
        format!("{signed}.{mac}")
    }

    /// The list that was signed with one of these keys.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Invalid`] if none of them has signed it; [`CredentialError::UnknownRestriction`] if it is of a newer
    /// version, with something in it that cannot be kept to here.
    pub fn open(signed: &str, keys: &[VendingKey]) -> Result<Self, CredentialError> {
        let (body, mac) = signed.rsplit_once('.').ok_or(CredentialError::Invalid)?;
        let (number, list) = body.split_once('.').ok_or(CredentialError::Invalid)?;
        let key = keys.iter().find(|key| key.number() == number).ok_or(CredentialError::Invalid)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| CredentialError::Invalid)?;
        if !constant_time_eq(&mac, &key.mac(PURPOSE, body.as_bytes())) {
            return Err(CredentialError::Invalid);
        }
        let list = URL_SAFE_NO_PAD.decode(list).map_err(|_| CredentialError::Invalid)?;
        // Who signed it does not write what cannot be read: it is of another version.
        let list: Signed = serde_json::from_slice(&list).map_err(|_| CredentialError::UnknownRestriction)?;
        if list.form != FORM {
            return Err(CredentialError::UnknownRestriction);
        }
        let revocation = |Listed { id, what, at }| Revocation { id, what, at };
        Ok(Self { issued_at: list.issued_at, revocations: list.revocations.into_iter().map(revocation).collect() })
    }

    /// Revokes what these revoke, too.
    pub(crate) fn add(&mut self, others: &[Revocation]) {
        let missing: Vec<_> = others.iter().filter(|other| !self.revocations.contains(other)).cloned().collect();
        self.revocations.extend(missing);
    }
}

impl SessionStamp {
    /// Everything by which this session can be revoked together with others.
    pub(crate) fn revocable(&self) -> Vec<Revoked> {
        let roles = self.role_arns().map(|arn| Revoked::Role(arn.to_owned()));
        let identities = self.identities().map(|(identity, _)| Revoked::Identity(identity.to_owned()));
        let pools = self.identities().map(|(_, pool)| Revoked::Pool(pool.to_owned()));
        let all = [Revoked::Everything, Revoked::IssuedBefore(self.issued_at)];
        all.into_iter().chain(roles).chain(identities).chain(pools).collect()
    }

    /// The ARNs of its role and of those of the sessions that it was made by.
    fn role_arns(&self) -> impl Iterator<Item = &str> {
        let via = self.carried.via.iter().filter_map(|via| via.role_arn.as_deref());
        [self.role_arn.as_str()].into_iter().chain(via)
    }

    /// Its identity and those of the sessions that it was made by, each with its pool.
    fn identities(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.identity.as_ref().map(|own| (own.identity.as_str(), own.pool.as_str()));
        let via = self.carried.via.iter();
        own.into_iter().chain(via.filter_map(|via| Some((via.identity.as_deref()?, via.pool.as_deref()?))))
    }

    /// When it was vended, or the first of the sessions that it was made by.
    fn first_issued_at(&self) -> Timestamp {
        self.carried.via.iter().filter_map(|via| via.issued_at).fold(self.issued_at, Timestamp::min)
    }

    /// This session's access key id, those that it was narrowed from, and those of the sessions that it was made by.
    pub(crate) fn access_key_ids<'a>(&'a self, own: &'a str) -> impl Iterator<Item = &'a str> {
        let via = self.carried.via.iter().map(|via| via.access_key_id.as_str());
        [own].into_iter().chain(via).flat_map(scoped::ids)
    }

    /// Whether a revocation is about this session.
    pub(crate) fn is_revoked_by(&self, revocation: &Revocation, access_key_id: &str) -> bool {
        let meant = match &revocation.what {
            Revoked::Everything => true,
            Revoked::Session(id) => return self.access_key_ids(access_key_id).any(|own| own == id),
            Revoked::IssuedBefore(time) => return self.first_issued_at() < *time,
            Revoked::Role(arn) => self.role_arns().any(|own| own == arn),
            Revoked::Identity(id) => self.identities().any(|(own, _)| own == id),
            Revoked::Pool(id) => self.identities().any(|(_, own)| own == id),
        };
        meant && !self.revocations_seen.contains(&revocation.id)
    }
}

#[cfg(test)]
mod tests {
    use identity_kernel::sealing::MasterKey;
    use serde_json::{Value, json};

    use super::*;

    fn key() -> VendingKey {
        VendingKey::from_master(&MasterKey::new([1; 32]), VendingKey::FIRST)
    }

    /// A list with a change, signed as if a newer version had written it.
    fn newer(change: impl Fn(&mut Value)) -> Result<RevocationList, CredentialError> {
        let revocation = Revocation { id: 7, what: Revoked::Everything, at: Timestamp::default() };
        let list = RevocationList { issued_at: Timestamp::default(), revocations: vec![revocation] };
        let signed = list.sign(&key());
        let body = URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).unwrap()).unwrap();
        let mut body: Value = serde_json::from_slice(&body).unwrap();
        change(&mut body);
        let signed = format!("AA.{}", URL_SAFE_NO_PAD.encode(body.to_string()));
        let mac = URL_SAFE_NO_PAD.encode(key().mac(PURPOSE, signed.as_bytes()));
        RevocationList::open(&format!("{signed}.{mac}"), &[key()])
    }

    #[test]
    fn a_list_of_a_newer_version_is_taken_only_if_all_of_it_can_be_kept_to() {
        assert_eq!(newer(|_| ()).unwrap().revocations.len(), 1);
        for change in [
            (|list| list["form"] = json!(2)) as fn(&mut Value),
            |list| list["also"] = json!([]),
            |list| list["revocations"][0]["unless"] = json!("new"),
            |list| list["revocations"][0]["what"] = json!({"Tag": "team"}),
        ] {
            assert!(matches!(newer(change), Err(CredentialError::UnknownRestriction)));
        }
    }
}
