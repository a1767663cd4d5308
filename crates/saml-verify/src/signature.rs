//! Enveloped signatures: what was signed, in the very bytes that were signed.

use crate::base64_text;
use crate::canonical::{Apex, canonical};
use crate::names::DS;
use crate::refused::Refused;
use crate::signed_info::{SignedInfo, children};
use crate::signing_key::SigningKey;
use crate::xml::{Element, Limits, parse};

/// An element and what stands around it.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'s, 'a> {
    pub(crate) element: &'s Element<'a>,
    /// Outermost first.
    pub(crate) around: &'s [&'s Element<'a>],
}

/// The canonical bytes of an element without its signature, if one of these keys has signed them. `None` if it has no
/// signature directly in it.
pub(crate) fn signed_bytes(placed: Placed<'_, '_>, keys: &[SigningKey]) -> Result<Option<String>, Refused> {
    let signatures: Vec<_> = placed.element.named(DS, "Signature").collect();
    match signatures.as_slice() {
        [] => Ok(None),
        [signature] => verified(placed, signature, keys).map(Some),
        _ => Err(Refused::SignatureForm),
    }
}

fn verified<'s, 'a>(
    Placed { element, around }: Placed<'s, 'a>,
    signature: &'s Element<'a>,
    keys: &[SigningKey],
) -> Result<String, Refused> {
    let (info, value) = parts(signature)?;
    let around_info: Vec<_> = around.iter().copied().chain([element, signature]).collect();
    let signed = authentic(Placed { element: info, around: &around_info }, value, keys)?;
    if element.attribute("ID") != Some(&signed.id) {
        return Err(Refused::Reference);
    }
    let bytes = canonical(&Apex { element, around, without: Some(signature), listed: &signed.prefixes })?;
    if signed.digest.of(bytes.as_bytes()) == signed.digest_value { Ok(bytes) } else { Err(Refused::Digest) }
}

/// `SignedInfo` and `SignatureValue`. `KeyInfo` may follow, and is not read.
fn parts<'s, 'a>(signature: &'s Element<'a>) -> Result<(&'s Element<'a>, &'s Element<'a>), Refused> {
    if signature.named(DS, "KeyInfo").next().is_some() {
        let [info, value, _] = children(signature, ["SignedInfo", "SignatureValue", "KeyInfo"])?;
        return Ok((info, value));
    }
    let [info, value] = children(signature, ["SignedInfo", "SignatureValue"])?;
    Ok((info, value))
}

/// What the signed bytes of `SignedInfo` say, which are its canonical form.
fn authentic(info: Placed<'_, '_>, value: &Element<'_>, keys: &[SigningKey]) -> Result<SignedInfo, Refused> {
    let written = SignedInfo::read(info.element)?;
    let apex = Apex { element: info.element, around: info.around, without: None, listed: &written.own_prefixes };
    let bytes = canonical(&apex)?;
    let signature = value.text().and_then(base64_text::decode).ok_or(Refused::SignatureForm)?;
    if !keys.iter().any(|key| key.has_signed(written.method, bytes.as_bytes(), &signature)) {
        return Err(Refused::Signature);
    }
    let signed = SignedInfo::read(&parse(&bytes, Limits::CANONICAL)?)?;
    if signed == written { Ok(signed) } else { Err(Refused::SignatureForm) }
}
