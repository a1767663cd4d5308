//! `SignedInfo`: what a signature says about itself (XML Signature §4.4), narrowed to what SAML needs.

use crate::base64_text;
use crate::canonical::EXCLUSIVE;
use crate::digest::Digest;
use crate::names::DS;
use crate::refused::Refused;
use crate::signing_key::SignatureAlgorithm;
use crate::xml::Element;

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// Identity providers list one or two.
const MOST_LISTED_PREFIXES: usize = 16;

/// One reference, by the id of an element of the same document, transformed by enveloped signature and exclusive
/// canonicalization.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct SignedInfo {
    /// Prefixes listed for the canonical form of `SignedInfo` itself.
    pub(crate) own_prefixes: Vec<String>,
    pub(crate) method: SignatureAlgorithm,
    /// What is signed.
    pub(crate) id: String,
    /// Prefixes listed for the canonical form of what is signed.
    pub(crate) prefixes: Vec<String>,
    pub(crate) digest: Digest,
    pub(crate) digest_value: Vec<u8>,
}

impl SignedInfo {
    pub(crate) fn read(signed_info: &Element<'_>) -> Result<Self, Refused> {
        let [canonicalization, method, reference] =
            children(signed_info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        let [transforms, digest_method, digest_value] =
            children(reference, ["Transforms", "DigestMethod", "DigestValue"])?;
        let [enveloped, exclusive] = children(transforms, ["Transform", "Transform"])?;
        if algorithm(enveloped)? != ENVELOPED || enveloped.elements().next().is_some() {
            return Err(Refused::Transform);
        }
        let id = reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')).filter(|id| !id.is_empty());
        let method = leaf_algorithm(method)?;
        let digest = leaf_algorithm(digest_method)?;
        Ok(Self {
            own_prefixes: listed_prefixes(canonicalization)?,
            method: SignatureAlgorithm::from_uri(method).ok_or(Refused::Algorithm)?,
            id: id.ok_or(Refused::Reference)?.to_owned(),
            prefixes: listed_prefixes(exclusive)?,
            digest: Digest::from_uri(digest).ok_or(Refused::Algorithm)?,
            digest_value: digest_value.text().and_then(base64_text::decode).ok_or(Refused::SignatureForm)?,
        })
    }
}

/// The children of an element of XML Signature: these, in this order, and nothing else.
pub(crate) fn children<'s, 'a, const N: usize>(
    element: &'s Element<'a>,
    names: [&str; N],
) -> Result<[&'s Element<'a>; N], Refused> {
    let found: Vec<_> = element.elements().collect();
    let found: [&Element<'a>; N] = found.try_into().map_err(|_| Refused::SignatureForm)?;
    let sound = element.has_elements_only() && found.iter().zip(names).all(|(child, name)| child.is(DS, name));
    if sound { Ok(found) } else { Err(Refused::SignatureForm) }
}

fn algorithm<'s>(element: &'s Element<'_>) -> Result<&'s str, Refused> {
    element.attribute("Algorithm").filter(|_| element.has_elements_only()).ok_or(Refused::SignatureForm)
}

/// Of an element that takes no parameters here: `HMACOutputLength` and others are refused.
fn leaf_algorithm<'s>(element: &'s Element<'_>) -> Result<&'s str, Refused> {
    if element.elements().next().is_some() { Err(Refused::SignatureForm) } else { algorithm(element) }
}

/// What `InclusiveNamespaces` of an exclusive canonicalization lists.
fn listed_prefixes(element: &Element<'_>) -> Result<Vec<String>, Refused> {
    if algorithm(element)? != EXCLUSIVE {
        return Err(Refused::Transform);
    }
    let parameters: Vec<_> = element.elements().collect();
    let listed = match parameters.as_slice() {
        [] => return Ok(Vec::new()),
        [one] if one.is(EXCLUSIVE, "InclusiveNamespaces") => one.attribute("PrefixList").unwrap_or_default(),
        _ => return Err(Refused::Transform),
    };
    let prefixes = listed.split_ascii_whitespace().map(|prefix| if prefix == "#default" { "" } else { prefix });
    let prefixes: Vec<_> = prefixes.map(str::to_owned).collect();
    if prefixes.len() > MOST_LISTED_PREFIXES { Err(Refused::Transform) } else { Ok(prefixes) }
}
