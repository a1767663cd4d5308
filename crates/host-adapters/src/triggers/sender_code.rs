//! Codes on their way to custom senders: encrypted as messages of the AWS Encryption SDK, which its libraries open.

use std::error::Error as StdError;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_kernel::entropy::{self, Entropy};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf;
use userpool_core::model::pool::UserPool;
use zeroize::Zeroizing;

type Failure = Box<dyn StdError + Send + Sync>;

/// The algorithm suite `0x0478`: AES-256-GCM under a key from HKDF-SHA-512, with key commitment and without signature.
const SUITE: [u8; 2] = [0x04, 0x78];
const NONCE_LEN: usize = 12;
const TAG_BITS: u32 = 128;
const FRAME_LEN: u32 = 4096;
/// The namespace of the wrapping key.
const NAMESPACE: &str = "cenote";

/// The key under which codes are encrypted for custom senders: 32 bytes that the server and the sender's function share.
///
/// A code is a message of the AWS Encryption SDK (format 2.0) whose data key is wrapped by a raw AES key: namespace `cenote`, name
/// the pool's `KMSKeyID`, encryption context `userpool-id`. The SDK's libraries open it with a `RawAesKeyring`, where Amazon's
/// own need a `KmsKeyring`.
#[derive(Clone)]
pub struct SenderKey(Zeroizing<[u8; 32]>);

impl SenderKey {
    /// Wraps 32 bytes of key.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 32 bytes in Base64. `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
        bytes.as_slice().try_into().ok().map(Self::new)
    }

    /// The message that holds `code`, in Base64.
    pub(super) fn encrypt(&self, entropy: &dyn Entropy, pool: &UserPool, code: &str) -> Result<String, Failure> {
        let name = pool.settings.lambda.key.as_deref().unwrap_or_default();
        let context = [("userpool-id", pool.id.as_str())];
        let message_id: [u8; 32] = entropy::bytes(entropy);
        let data_key: Zeroizing<[u8; 32]> = Zeroizing::new(entropy::bytes(entropy));
        let wrapped = self.wrap(entropy, name, &context, &data_key)?;
        let key = derived(&data_key, &message_id, &[&SUITE, b"DERIVEKEY"])?;
        let commitment = derived(&data_key, &message_id, &[b"COMMITKEY"])?;
        let mut message = header(&message_id, &context, &wrapped, &commitment)?;
        let tag = seal(&key, [0; NONCE_LEN], &message, Vec::new())?;
        message.extend_from_slice(&tag);
        message.extend_from_slice(&only_frame(&key, &message_id, code)?);
        Ok(STANDARD.encode(message))
    }

    /// The data key, wrapped, as the header has it: provider, what the provider needs to know, and the wrapped key.
    fn wrap(
        &self,
        entropy: &dyn Entropy,
        name: &str,
        context: &[(&str, &str)],
        data_key: &[u8; 32],
    ) -> Result<Vec<u8>, Failure> {
        let nonce: [u8; NONCE_LEN] = entropy::bytes(entropy);
        let wrapped = seal(&self.0, nonce, &serialized(context)?, data_key.to_vec())?;
        let nonce_len = u32::try_from(NONCE_LEN)?.to_be_bytes();
        let info = [name.as_bytes(), &TAG_BITS.to_be_bytes(), &nonce_len, &nonce].concat();
        Ok([sized(NAMESPACE.as_bytes())?, sized(&info)?, sized(&wrapped)?].concat())
    }
}

/// Bytes behind their length in two bytes.
fn sized(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok([&u16::try_from(bytes.len())?.to_be_bytes()[..], bytes].concat())
}

/// The encryption context: how many pairs, and each name and value behind its length. `context` is in order.
fn serialized(context: &[(&str, &str)]) -> Result<Vec<u8>, Failure> {
    let mut out = u16::try_from(context.len())?.to_be_bytes().to_vec();
    for (name, value) in context {
        out.extend(sized(name.as_bytes())?);
        out.extend(sized(value.as_bytes())?);
    }
    Ok(out)
}

/// The header up to its authentication tag.
fn header(
    message_id: &[u8; 32],
    context: &[(&str, &str)],
    wrapped: &[u8],
    commitment: &[u8; 32],
) -> Result<Vec<u8>, Failure> {
    let one_key = 1_u16.to_be_bytes();
    let (version, framed) = ([2_u8], [2_u8]);
    let context = sized(&serialized(context)?)?;
    let parts: [&[u8]; 9] =
        [&version, &SUITE, message_id, &context, &one_key, wrapped, &framed, &FRAME_LEN.to_be_bytes(), commitment];
    Ok(parts.concat())
}

/// The one frame that a short text takes: the final one.
fn only_frame(key: &[u8; 32], message_id: &[u8; 32], text: &str) -> Result<Vec<u8>, Failure> {
    let number = 1_u32.to_be_bytes();
    let mut nonce = [0; NONCE_LEN];
    for (to, from) in nonce.iter_mut().skip(NONCE_LEN - number.len()).zip(number) {
        *to = from;
    }
    let length = u32::try_from(text.len())?;
    if length > FRAME_LEN {
        return Err("a code is shorter than a frame".into());
    }
    let aad: [&[u8]; 4] =
        [message_id, b"AWSKMSEncryptionClient Final Frame", &number, &u64::from(length).to_be_bytes()];
    let sealed = seal(key, nonce, &aad.concat(), text.as_bytes().to_vec())?;
    Ok([&u32::MAX.to_be_bytes()[..], &number, &nonce, &length.to_be_bytes(), &sealed].concat())
}

/// AES-256-GCM: the text encrypted, and the tag behind it.
fn seal(key: &[u8; 32], nonce: [u8; NONCE_LEN], aad: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let refused = |_| Failure::from("a code could not be encrypted");
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(refused)?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut text).map_err(refused)?;
    Ok(text)
}

/// 32 bytes from the data key (HKDF-SHA-512, RFC 5869), salted by the message's id.
fn derived(data_key: &[u8; 32], message_id: &[u8; 32], info: &[&[u8]]) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut out = Zeroizing::new([0; 32]);
    let key = hkdf::Salt::new(hkdf::HKDF_SHA512, message_id).extract(data_key);
    let filled = key.expand(info, Length32).and_then(|okm| okm.fill(out.as_mut_slice()));
    filled.map_err(|_| Failure::from("a key could not be derived"))?;
    Ok(out)
}

struct Length32;

impl hkdf::KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

impl fmt::Debug for SenderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SenderKey(..)")
    }
}
