//! Namespaces of SAML 2.0, and elements that stand once.

use crate::xml::Element;

pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// Of a status.
pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// The only element of this name directly in another.
pub(crate) fn only<'s, 'a>(element: &'s Element<'a>, namespace: &'s str, local: &'s str) -> Option<&'s Element<'a>> {
    let mut named = element.named(namespace, local);
    named.next().filter(|_| named.next().is_none())
}
