//! The refresh token: which session, which generation, and a MAC that says that it is genuine.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::sealing::MasterKey;
use identity_kernel::secret::{SecretString, constant_time_eq};

use crate::model::session::Session;

/// What a refresh token names. Nothing of it is secret but the MAC: 256 bits over session, generation and the session's
/// random seed, under the master key. So every generation of a session can be told from a forgery without being stored, and
/// of one generation there is one text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RefreshToken {
    session: u128,
    pub(crate) generation: u32,
    mac: Option<[u8; 32]>,
}

const BYTES: usize = 16 + 4 + 32;

impl RefreshToken {
    /// The token in force of a session.
    pub(crate) fn of(session: &Session) -> Self {
        let id = u128::from_str_radix(&session.id.replace('-', ""), 16).unwrap_or(0);
        Self { session: id, generation: session.generation, mac: None }
    }

    /// A session's seed as it is kept.
    pub(crate) fn seed(random: [u8; 32]) -> String {
        URL_SAFE_NO_PAD.encode(random)
    }

    /// Takes a token apart; whether it is genuine, [`is_of`](Self::is_of) tells.
    pub(crate) fn read(token: &SecretString) -> Option<Self> {
        let text = token.expose();
        if text.len() > 2 * BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == BYTES)?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        let (session, generation) = (u128::from_be_bytes(*session), u32::from_be_bytes(*generation));
        Some(Self { session, generation, mac: Some(*mac.first_chunk()?) })
    }

    /// The id of the session that it names.
    pub(crate) fn session_id(&self) -> String {
        let mut hex = format!("{:032x}", self.session);
        for dash in [20, 16, 12, 8] {
            hex.insert(dash, '-');
        }
        hex
    }

    /// Whether it was given out for this session, in whatever generation.
    pub(crate) fn is_of(&self, key: &MasterKey, session: &Session) -> bool {
        self.mac.is_some_and(|mac| constant_time_eq(&mac, &self.expected(key, session)))
    }

    /// The token as its bearer has it.
    pub(crate) fn text(&self, key: &MasterKey, session: &Session) -> SecretString {
        let head = self.head();
        SecretString::from(URL_SAFE_NO_PAD.encode([&head[..], &self.expected(key, session)].concat()))
    }

    fn head(&self) -> Vec<u8> {
        [&self.session.to_be_bytes()[..], &self.generation.to_be_bytes()].concat()
    }

    fn expected(&self, key: &MasterKey, session: &Session) -> [u8; 32] {
        key.keyed_hash("refresh-token", &[&self.head(), session.refresh_seed.as_bytes()].concat())
    }
}
