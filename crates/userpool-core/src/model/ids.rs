//! Names of things, parsed at the edge.

use identity_kernel::text_id;
use unicode_normalization::char::is_combining_mark;

text_id! {
    /// A user pool, as `<region>_<suffix>`: `eu-west-1_Ab3dEf9hJ`. At most 55 bytes, compared byte for byte.
    UserPoolId, "user pool id", |text| {
        let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        text.len() <= 55
            && text.split_once('_').is_some_and(|(region, suffix)| region.split('-').all(word) && word(suffix))
    }
}

text_id! {
    /// An app client: 1 to 128 letters, digits, `_` or `+`. Made ones have 26 lower-case letters and digits.
    ClientId, "client id", |text| {
        (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+".contains(&byte))
    }
}

text_id! {
    /// A user for ever: the `sub` of tokens, a UUID in lower case. Never given twice.
    Subject, "subject", is_uuid
}

text_id! {
    /// A group's name: 1 to 128 characters, no white space, no control characters. Case counts.
    GroupName, "group name", is_name
}

text_id! {
    /// A group for ever: a UUID. A group of the same name that is made later has another one.
    GroupId, "group id", is_uuid
}

text_id! {
    /// A user's name in a pool: 1 to 128 characters, no white space, no control characters, nothing that cannot be seen
    /// (joiners, fillers, variation selectors, marks of direction), and not only combining marks.
    Username, "username", |text| is_name(text) && !text.chars().any(is_invisible) && !text.chars().all(is_combining_mark)
}

text_id! {
    /// An import of users: `import-` and up to 48 letters, digits and dashes.
    ImportJobId, "import job id", |text| {
        let rest = text.strip_prefix("import-").unwrap_or_default();
        (1..=48).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }
}

text_id! {
    /// A restoration of a pool's directory: a UUID.
    RestorationId, "restoration id", is_uuid
}

text_id! {
    /// What a provider is called in its pool, and at the front of the names of its users: 1 to 32 characters, no white space,
    /// no control characters. Social providers are called as their kind is.
    ProviderName, "provider name", |text| {
        let printable = |letter: char| !letter.is_whitespace() && !letter.is_control();
        (1..=32).contains(&text.chars().count()) && text.chars().all(printable)
    }
}

text_id! {
    /// Another name that leads to a provider, often a domain of mail addresses: 1 to 40 letters, digits, white space and
    /// `_+=.@-`.
    ProviderIdentifier, "provider identifier", |text| {
        let fits = |letter: char| letter.is_alphanumeric() || letter.is_whitespace() || "_+=.@-".contains(letter);
        (1..=40).contains(&text.chars().count()) && text.chars().all(fits)
    }
}

/// What the pool itself is called among the providers of a client.
pub const OWN_PROVIDER: &str = "COGNITO";

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn is_name(text: &str) -> bool {
    let printable = |letter: char| !letter.is_whitespace() && !letter.is_control();
    (1..=128).contains(&text.chars().count()) && text.chars().all(printable)
}

/// Characters that most fonts show as nothing: `Default_Ignorable_Code_Point` of Unicode, and the empty Braille cell.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

impl Subject {
    /// A subject of random bits: a UUID of version 4 (RFC 9562 §5.4).
    pub fn from_random(bits: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(bits);
        let bits = (bits & !(0xf << 76) | (0x4 << 76)) & !(0x3 << 62) | (0x2 << 62);
        let mut hex = format!("{bits:032x}");
        for dash in [20, 16, 12, 8] {
            hex.insert(dash, '-');
        }
        Self(hex)
    }
}

impl UserPoolId {
    /// The region in front: `eu-west-1`.
    pub fn region(&self) -> &str {
        self.0.split_once('_').map_or("", |(region, _)| region)
    }

    /// The part behind the underscore, which SRP calls the pool's name.
    pub fn short_name(&self) -> &str {
        self.0.split_once('_').map_or("", |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_id_has_a_region_and_a_suffix() {
        let id: UserPoolId = "eu-west-1_Ab3dEf9hJ".parse().unwrap();

        assert_eq!((id.region(), id.short_name()), ("eu-west-1", "Ab3dEf9hJ"));
        for bad in
            ["", "eu-west-1", "_x", "eu--1_x", "eu-west-1_", "eu-west-1_x/y", "a_b_c", &format!("a_{}", "b".repeat(54))]
        {
            assert!(bad.parse::<UserPoolId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_have_no_white_space_or_control_characters() {
        assert!("ünï.cødé+1".parse::<Username>().is_ok());
        for bad in ["", "a b", "a\nb", "a\u{0}b", &"x".repeat(129), "\u{301}"] {
            assert!(bad.parse::<Username>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn line_45_a_name_has_nothing_that_cannot_be_seen() {
        for hidden in ['\u{ad}', '\u{200d}', '\u{202e}', '\u{2800}', '\u{3164}', '\u{fe0f}', '\u{feff}', '\u{ffa0}'] {
            assert!(format!("ad{hidden}a").parse::<Username>().is_err(), "{:x}", u32::from(hidden));
        }
    }

    #[test]
    fn a_random_subject_is_a_uuid_of_version_4_and_keeps_all_other_bits() {
        for (bits, text) in [
            ([0x00; 16], "00000000-0000-4000-8000-000000000000"),
            ([0xff; 16], "ffffffff-ffff-4fff-bfff-ffffffffffff"),
            ([0x5a; 16], "5a5a5a5a-5a5a-4a5a-9a5a-5a5a5a5a5a5a"),
        ] {
            let subject = Subject::from_random(bits);

            assert_eq!(subject.as_str(), text);
            assert_eq!(text.parse::<Subject>().as_ref(), Ok(&subject));
        }
    }
}
