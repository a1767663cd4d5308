//! As much of DER as leads to the public key of an X.509 certificate.

/// Reads one value after another.
pub(crate) struct Der<'a>(&'a [u8]);

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OBJECT: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
/// The version of a certificate.
const EXPLICIT_0: u8 = 0xA0;

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next value: tag and content. Lengths in the shortest form alone.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7F => (usize::from(first), rest),
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
                (Some(length).filter(|_| length > 0x7F && digits.first() != Some(&0))?, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, which has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// The next value of all, and nothing behind it.
    pub(crate) fn only(mut self, tag: u8) -> Option<&'a [u8]> {
        let content = self.expect(tag)?;
        self.0.is_empty().then_some(content)
    }
}

/// The `SubjectPublicKeyInfo` of a certificate: algorithm with parameters, and key (RFC 5280 §4.1).
pub(crate) fn public_key_of_certificate(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut certificate = Der(Der(certificate).only(SEQUENCE)?);
    let mut body = Der(certificate.expect(SEQUENCE)?);
    if body.0.first() == Some(&EXPLICIT_0) {
        body.next()?;
    }
    body.expect(INTEGER)?;
    for _ in ["signature", "issuer", "validity", "subject"] {
        body.expect(SEQUENCE)?;
    }
    let mut info = Der(body.expect(SEQUENCE)?);
    let algorithm = info.expect(SEQUENCE)?;
    let key = info.only(BIT_STRING)?.strip_prefix(&[0])?;
    Some((algorithm, key))
}
