//! What vends and what verifies: one key, no database.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::sealing::MasterKey;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::credentials::{LONGEST_TOKEN, number_of};
use crate::error::CredentialError;
use crate::session::SessionStamp;
use crate::{scoped, sealed_session};

pub use crate::credentials::Credentials;

/// Vends temporary credentials, and verifies them wherever it is.
///
/// The session token is sealed with AEAD and bound to its access key id; the secret is an HMAC of the access key id under
/// another key. A dump of the database gives neither. Whoever holds this key can make credentials: it belongs to resource
/// servers of the same trust only.
#[derive(Clone)]
pub struct VendingKey {
    number: String,
    key: MasterKey,
}

const ACCESS_KEY_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

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
        number_of(access_key_id)
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
    ///
    /// # Errors
    ///
    /// [`CredentialError::TooLarge`] if the session token would be longer than any verifier reads (32 KiB).
    pub fn vend(&self, source: &dyn Entropy, session: &SessionStamp) -> Result<Credentials, CredentialError> {
        self.vend_sized(source, session, 0)
    }

    /// Credentials for this session, whose token has so many characters at least.
    pub(crate) fn vend_sized(
        &self,
        source: &dyn Entropy,
        session: &SessionStamp,
        least: usize,
    ) -> Result<Credentials, CredentialError> {
        let random = entropy::text(source, ACCESS_KEY_LETTERS, 14);
        let access_key_id = format!("ASIA{}{random}", self.number);
        let sealed = |pad: usize| {
            let plain = sealed_session::write(session, pad);
            STANDARD.encode(self.key.seal(source, "session-token", access_key_id.as_bytes(), &plain))
        };
        let mut token = sealed(0);
        if token.len() < least {
            // Three characters of padding become four.
            token = sealed((least - token.len()).div_ceil(4) * 3);
        }
        if token.len() > LONGEST_TOKEN {
            return Err(CredentialError::TooLarge { percent: token.len() * 100 / LONGEST_TOKEN });
        }
        Ok(Credentials {
            secret: self.secret_of(&access_key_id),
            session_token: token.into(),
            access_key_id,
            expires_at: session.expires_at,
        })
    }

    /// The secret of this access key id: 40 characters. That of narrowed credentials follows from it too, without their
    /// session token.
    pub fn secret_of(&self, access_key_id: &str) -> SecretString {
        let ids = scoped::ids(access_key_id);
        let (root, narrowed) = ids.split_first().map_or((access_key_id, [].as_slice()), |(root, rest)| (*root, rest));
        let hash = self.key.keyed_hash("secret-access-key", root.as_bytes());
        let secret = STANDARD.encode(hash.first_chunk::<30>().unwrap_or(&[0; 30])).into();
        narrowed.iter().fold(secret, |outer, id| scoped::secret_after(&outer, id))
    }

    /// The session of this token, if it is this access key id's and has not ended.
    ///
    /// Proves that the token is genuine, not that the caller holds the secret: the signature does that.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Invalid`], [`CredentialError::Expired`], and [`CredentialError::UnknownRestriction`] if the session
    /// is narrowed by something that this version does not know.
    pub fn open(&self, access_key_id: &str, token: &str, now: Timestamp) -> Result<SessionStamp, CredentialError> {
        if token.len() > LONGEST_TOKEN {
            return Err(CredentialError::Invalid);
        }
        let split = scoped::split(access_key_id, token)?;
        let sealed = STANDARD.decode(split.root_token).map_err(|_| CredentialError::Invalid)?;
        let plain =
            self.key.open("session-token", split.root_id.as_bytes(), &sealed).map_err(|_| CredentialError::Invalid)?;
        let scopes = split.layers.iter().map(|layer| scoped::read(layer)).collect::<Result<_, _>>()?;
        let stamp = sealed_session::read(&plain)?.within(scopes);
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
    use crate::session::NewSession;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

    fn vended() -> (VendingKey, Credentials) {
        let key = VendingKey::from_master(&MasterKey::new([1; 32]), VendingKey::FIRST);
        let credentials = key.vend(&SystemEntropy::new(), &session()).unwrap();
        (key, credentials)
    }

    fn session() -> SessionStamp {
        SessionStamp::new(NewSession {
            role_arn: "arn:aws:iam::123456789012:role/team/app",
            role_id: "AROAX",
            session_name: "s",
            issued_at: NOW,
            seconds: 900,
        })
    }

    #[test]
    fn what_would_open_nowhere_is_not_vended() {
        let key = VendingKey::from_master(&MasterKey::new([1; 32]), VendingKey::FIRST);
        let sized =
            |bytes: usize| key.vend(&SystemEntropy::new(), &session().with_ceiling(Some(vec!["x".repeat(bytes)])));

        let largest = (24_000..24_600).take_while(|bytes| sized(*bytes).is_ok()).last().unwrap();
        let vended = sized(largest).unwrap();
        assert_eq!(vended.session_token.expose().len(), LONGEST_TOKEN);
        assert!(key.open(&vended.access_key_id, vended.session_token.expose(), NOW).is_ok());
        assert!(matches!(sized(largest + 1), Err(CredentialError::TooLarge { percent: 100 })));
        assert!(matches!(sized(48 * 1024), Err(CredentialError::TooLarge { percent: 200.. })));
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
