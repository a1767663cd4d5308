//! Access key ids, session tokens and secrets of narrowed credentials: how each follows from the one before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_kernel::secret::{SecretString, constant_time_eq};
use ring::{digest, hmac};

use crate::error::CredentialError;

/// So often can credentials be narrowed.
pub(crate) const LAYERS: usize = 3;
/// The letters of an access key id that nobody has narrowed.
const ROOT_LETTERS: usize = 20;
/// The letters that each layer adds: 160 bits of a hash.
const LAYER_LETTERS: usize = 32;
/// What stands between the layers of a token: no letter of Base64.
pub(super) const BETWEEN: char = '.';
/// What the HMAC of a secret begins with. A signature's begins otherwise, and its key is another (`AWS4` and the secret).
const PURPOSE: &[u8] = b"cenote scoped credentials 1\0";

/// A session token taken apart: the one that was vended, and its layers, outermost first.
#[derive(Debug)]
pub(crate) struct Split<'a> {
    /// The access key id that was vended.
    pub(crate) root_id: &'a str,
    /// The session token that was vended.
    pub(crate) root_token: &'a str,
    /// The layers as they stand in the token.
    pub(crate) layers: Vec<&'a str>,
}

/// Takes a token apart that is this access key id's.
///
/// # Errors
///
/// [`CredentialError::Invalid`] if a layer is missing, was changed or moved, or there are too many.
pub(crate) fn split<'a>(access_key_id: &'a str, token: &'a str) -> Result<Split<'a>, CredentialError> {
    let mut parts = token.split(BETWEEN);
    let root_token = parts.next().unwrap_or_default();
    let layers: Vec<&str> = parts.take(LAYERS + 1).collect();
    let root_letters = access_key_id.len().checked_sub(LAYER_LETTERS * layers.len());
    let root_id = root_letters.and_then(|letters| access_key_id.get(..letters)).ok_or(CredentialError::Invalid)?;
    if layers.len() > LAYERS || !(layers.is_empty() || root_id.len() == ROOT_LETTERS) {
        return Err(CredentialError::Invalid);
    }
    let mut id = root_id.to_owned();
    let mut end = root_token.len();
    for layer in &layers {
        end += BETWEEN.len_utf8() + layer.len();
        id = id_after(&id, token.get(..end).unwrap_or_default());
    }
    // Of a token that nobody has narrowed nothing is compared here: its seal is bound to the whole id.
    if layers.is_empty() || constant_time_eq(id.as_bytes(), access_key_id.as_bytes()) {
        return Ok(Split { root_id, root_token, layers });
    }
    Err(CredentialError::Invalid)
}

/// This access key id and those that it was narrowed from, the widest first: whatever revokes one of them revokes it.
pub(crate) fn ids(access_key_id: &str) -> Vec<&str> {
    let lengths = (0..=LAYERS).map(|layers| ROOT_LETTERS + LAYER_LETTERS * layers);
    let outer = lengths.filter(|length| *length < access_key_id.len());
    outer.filter_map(|length| access_key_id.get(..length)).chain([access_key_id]).collect()
}

/// The access key id of this narrowed token, which was made with the credentials of `outer`.
pub(super) fn id_after(outer: &str, token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    format!("{outer}{}", base32(hash.as_ref().get(..20).unwrap_or_default()))
}

/// The secret of an access key id, by the one of the id that it was narrowed from.
pub(crate) fn secret_after(outer: &SecretString, access_key_id: &str) -> SecretString {
    let key = hmac::Key::new(hmac::HMAC_SHA256, outer.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(PURPOSE);
    context.update(access_key_id.as_bytes());
    STANDARD.encode(context.sign().as_ref().get(..30).unwrap_or_default()).into()
}

/// RFC 4648 §6, of a length that needs no padding.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let letter = |from: usize| (from..from + 5).fold(0, |value, at| value << 1 | usize::from(bit(at)));
    (0..bytes.len() * 8)
        .step_by(5)
        .filter_map(|from| LETTERS.get(letter(from)))
        .map(|letter| char::from(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_rfc_4648s() {
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(&[0xff; 20]), "7".repeat(32));
    }

    #[test]
    fn an_access_key_id_knows_those_that_it_was_narrowed_from() {
        let id = "A".repeat(ROOT_LETTERS + LAYER_LETTERS);

        assert_eq!(ids(&id), [&id[..20], &id]);
        assert_eq!(ids("ASIAAAX"), ["ASIAAAX"]);
        assert_eq!(ids(&"A".repeat(20)).len(), 1);
    }
}
