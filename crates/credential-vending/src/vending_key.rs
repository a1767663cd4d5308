//! What vends and what verifies: one key, no database.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use iam_policy::{Context, Policy, PolicyKind};
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::sealing::MasterKey;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit_chain::AuditChain;
use crate::error::CredentialError;

/// Vends temporary credentials, and verifies them wherever it is.
///
/// The session token is sealed with AEAD and bound to its access key id; the secret is an HMAC of the access key id under
/// another key. A dump of the database gives neither. Whoever holds this key can make credentials: it belongs to resource
/// servers of the same trust only.
pub struct VendingKey {
    number: String,
    key: MasterKey,
}

/// Temporary credentials.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `ASIA` and 16 characters.
    pub access_key_id: String,
    /// 40 characters.
    pub secret: SecretString,
    /// What the session is, sealed.
    pub session_token: SecretString,
    /// When they die.
    pub expires_at: Timestamp,
}

/// Which identity a session belongs to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct IdentityStamp {
    /// The identity's id, `region:uuid`.
    pub identity: String,
    /// The identity pool's id.
    pub pool: String,
    /// How it logged in: `unauthenticated`, or `authenticated` with provider and login.
    pub amr: Vec<String>,
}

/// What a session is: sealed into its token.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SessionStamp {
    /// The role's ARN, path included.
    pub role_arn: String,
    /// The role's id.
    pub role_id: String,
    /// The session's name.
    pub session_name: String,
    /// The identity, if one assumed the role.
    pub identity: Option<IdentityStamp>,
    /// The logins behind it, and why it is this role.
    #[serde(default)]
    pub chain: AuditChain,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Policies that narrow the session: united among themselves. `None` narrows nothing.
    pub session_policies: Option<Vec<String>>,
    /// What guests may do at most; `None` for somebody who has logged in.
    pub ceiling: Option<Vec<String>>,
    /// The revocations that were there already when it was vended: they are not about it. So it is the storage that says
    /// which came first, and not the clocks of nodes, which differ.
    #[serde(default)]
    pub revocations_seen: Vec<u64>,
    /// When it was vended.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

const ACCESS_KEY_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The longest session token that is looked at, in characters.
const LONGEST_TOKEN: usize = 32 * 1024;

impl SessionStamp {
    /// A session of a role and nothing else. It has seen no revocation: any of its role or of everything ends it.
    pub fn of_role(role_arn: &str, role_id: &str, session_name: &str, now: Timestamp, seconds: i64) -> Self {
        Self {
            role_arn: role_arn.to_owned(),
            role_id: role_id.to_owned(),
            session_name: session_name.to_owned(),
            identity: None,
            chain: AuditChain::default(),
            tags: BTreeMap::new(),
            session_policies: None,
            ceiling: None,
            revocations_seen: Vec::new(),
            issued_at: now,
            expires_at: now.plus_seconds(seconds),
        }
    }

    /// `arn:aws:sts::123456789012:assumed-role/app/session`: the role's path is dropped, as AWS drops it.
    pub fn session_arn(&self) -> String {
        let account = self.role_arn.split(':').nth(4).unwrap_or_default();
        let role = self.role_arn.rsplit('/').next().unwrap_or_default();
        format!("arn:aws:sts::{account}:assumed-role/{role}/{}", self.session_name)
    }

    /// `AROA…:session`.
    pub fn user_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session_name)
    }

    /// Adds to `context` what policies may ask of this session.
    #[must_use]
    pub fn describe(&self, mut context: Context) -> Context {
        let account = self.role_arn.split(':').nth(4).unwrap_or_default().to_owned();
        let mut set = |key: &str, value: String| context.set(key, vec![value]);
        set("aws:userid", self.user_id());
        set("aws:PrincipalArn", self.role_arn.clone());
        set("aws:PrincipalAccount", account);
        set("aws:PrincipalType", "AssumedRole".to_owned());
        set("aws:TokenIssueTime", self.issued_at.to_iso8601());
        for (key, value) in &self.tags {
            set(&format!("aws:PrincipalTag/{key}"), value.clone());
        }
        if let Some(identity) = &self.identity {
            set("cognito-identity.amazonaws.com:sub", identity.identity.clone());
            set("cognito-identity.amazonaws.com:aud", identity.pool.clone());
            context.set("cognito-identity.amazonaws.com:amr", identity.amr.clone());
        }
        context
    }

    /// The session policies, read. One that cannot be read allows nothing.
    pub(crate) fn limits(&self) -> (Option<Vec<Policy>>, Option<Vec<Policy>>) {
        let read = |kind: &str, texts: &Vec<String>| -> Vec<Policy> {
            texts.iter().filter_map(|text| Policy::parse(kind, PolicyKind::Identity, text).ok()).collect()
        };
        let session = self.session_policies.as_ref().map(|texts| read("session policy", texts));
        (session, self.ceiling.as_ref().map(|texts| read("guest ceiling", texts)))
    }
}

impl VendingKey {
    /// The first vending key's number.
    pub const FIRST: &str = "AA";

    /// The vending key of this number, two letters or digits of base32, under this master key. Keys of different numbers
    /// tell nothing of each other.
    pub fn from_master(master: &MasterKey, number: &str) -> Self {
        Self { number: number.to_owned(), key: master.derive(&format!("credential-vending/{number}")) }
    }

    /// The key as text, for a resource server that shall verify what it vends: `AB.` and 43 characters.
    pub fn to_text(&self) -> SecretString {
        format!("{}.{}", self.number, self.key.to_text().as_str()).into()
    }

    /// Reads what [`to_text`](Self::to_text) writes; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let (number, key) = text.trim().split_once('.')?;
        let sound = number.len() == 2 && number.bytes().all(|letter| ACCESS_KEY_LETTERS.contains(&letter));
        Some(Self { number: number.to_owned(), key: MasterKey::from_text(key).filter(|_| sound)? })
    }

    /// Its number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The number of the key that vended this access key id.
    pub fn number_of(access_key_id: &str) -> Option<&str> {
        access_key_id.strip_prefix("ASIA")?.get(..2)
    }

    /// The number behind this one; the last is followed by the first.
    pub(crate) fn number_after(number: &str) -> String {
        let value = number.bytes().fold(0, |value, letter| {
            value * 32 + ACCESS_KEY_LETTERS.iter().position(|own| *own == letter).unwrap_or_default()
        });
        let letter = |at: usize| ACCESS_KEY_LETTERS.get(at % 32).copied().map_or('A', char::from);
        [letter((value + 1) / 32), letter(value + 1)].into_iter().collect()
    }

    pub(crate) fn mac(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        self.key.keyed_hash(purpose, text)
    }

    /// Credentials for this session.
    pub fn vend(&self, source: &dyn Entropy, stamp: &SessionStamp) -> Credentials {
        let random = entropy::text(source, ACCESS_KEY_LETTERS, 14);
        let access_key_id = format!("ASIA{}{random}", self.number);
        // INVARIANT: a stamp is text, numbers and lists; an empty token opens nowhere.
        let plain = serde_json::to_vec(stamp).unwrap_or_default();
        let sealed = self.key.seal(source, "session-token", access_key_id.as_bytes(), &plain);
        Credentials {
            secret: self.secret_of(&access_key_id),
            session_token: STANDARD.encode(sealed).into(),
            access_key_id,
            expires_at: stamp.expires_at,
        }
    }

    /// The secret of this access key id: 40 characters.
    pub fn secret_of(&self, access_key_id: &str) -> SecretString {
        let hash = self.key.keyed_hash("secret-access-key", access_key_id.as_bytes());
        STANDARD.encode(hash.first_chunk::<30>().unwrap_or(&[0; 30])).into()
    }

    /// The session of this token, if it is this access key id's and has not ended.
    ///
    /// Proves that the token is genuine, not that the caller holds the secret: the signature does that.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Invalid`] and [`CredentialError::Expired`].
    pub fn open(&self, access_key_id: &str, token: &str, now: Timestamp) -> Result<SessionStamp, CredentialError> {
        if token.len() > LONGEST_TOKEN {
            return Err(CredentialError::Invalid);
        }
        let sealed = STANDARD.decode(token).map_err(|_| CredentialError::Invalid)?;
        let plain =
            self.key.open("session-token", access_key_id.as_bytes(), &sealed).map_err(|_| CredentialError::Invalid)?;
        let stamp: SessionStamp = serde_json::from_slice(&plain).map_err(|_| CredentialError::Invalid)?;
        if now >= stamp.expires_at { Err(CredentialError::Expired) } else { Ok(stamp) }
    }
}

impl fmt::Debug for VendingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VendingKey({}, ..)", self.number)
    }
}

#[cfg(test)]
mod tests {
    use identity_kernel::entropy::SystemEntropy;

    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

    fn vended() -> (VendingKey, Credentials) {
        let key = VendingKey::from_master(&MasterKey::new([1; 32]), VendingKey::FIRST);
        let stamp = SessionStamp::of_role("arn:aws:iam::123456789012:role/team/app", "AROAX", "s", NOW, 900);
        let credentials = key.vend(&SystemEntropy::new(), &stamp);
        (key, credentials)
    }

    #[test]
    fn line_105_a_session_token_is_bound_to_its_key_id_and_end() {
        let (key, credentials) = vended();
        let token = credentials.session_token.expose();

        let opened = key.open(&credentials.access_key_id, token, NOW).unwrap();

        assert_eq!(opened.session_arn(), "arn:aws:sts::123456789012:assumed-role/app/s");
        assert!(matches!(key.open("ASIAAAOTHER", token, NOW), Err(CredentialError::Invalid)));
        let late = NOW.plus_seconds(900);
        assert!(matches!(key.open(&credentials.access_key_id, token, late), Err(CredentialError::Expired)));
        let other = VendingKey::from_master(&MasterKey::new([2; 32]), VendingKey::FIRST);
        assert!(matches!(other.open(&credentials.access_key_id, token, NOW), Err(CredentialError::Invalid)));
        assert_ne!(other.secret_of(&credentials.access_key_id), credentials.secret);
    }

    #[test]
    fn keys_are_numbered_and_tell_nothing_of_each_other() {
        let master = MasterKey::new([1; 32]);
        let (one, two) = (VendingKey::from_master(&master, "AA"), VendingKey::from_master(&master, "AB"));

        assert_ne!(one.secret_of("ASIAAAX"), two.secret_of("ASIAAAX"));
        assert_eq!(VendingKey::number_after("AA"), "AB");
        assert_eq!(VendingKey::number_after("A7"), "BA");
        assert_eq!(VendingKey::number_after("77"), "AA");
        let again = VendingKey::from_text(two.to_text().expose()).unwrap();
        assert_eq!(again.secret_of("ASIAABX"), two.secret_of("ASIAABX"));
        assert!(VendingKey::from_text("AB.short").is_none());
    }

    #[test]
    fn keys_have_the_shape_that_clients_know() {
        let (_, credentials) = vended();

        assert_eq!(credentials.access_key_id.len(), 20);
        assert!(credentials.access_key_id.starts_with("ASIA"));
        assert_eq!(credentials.secret.expose().len(), 40);
    }

    #[test]
    fn every_changed_character_of_a_token_is_refused() {
        let (key, credentials) = vended();
        let token = credentials.session_token.expose();

        for at in 0..token.len() {
            let mut bytes = token.to_owned().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bytes).unwrap();
            assert!(key.open(&credentials.access_key_id, &bent, NOW).is_err(), "character {at}");
        }
        assert!(key.open(&credentials.access_key_id, &"A".repeat(1024 * 1024), NOW).is_err());
    }
}
