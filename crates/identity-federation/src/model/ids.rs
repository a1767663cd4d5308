//! Names of pools and identities.

use identity_kernel::text_id;

fn well_formed(text: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let region = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    text.len() <= 55
        && text.split_once(':').is_some_and(|(r, id)| !r.is_empty() && region(r) && id.len() == 36 && hex(id))
}

text_id! {
    /// An identity pool, as `REGION:UUID` in lower case.
    IdentityPoolId, "identity pool id", well_formed
}

text_id! {
    /// An identity, as `REGION:UUID` in lower case. A guest's is a bearer credential: who knows it is the guest.
    IdentityId, "identity id", well_formed
}

impl IdentityPoolId {
    /// The region in front.
    pub fn region(&self) -> &str {
        self.as_str().split_once(':').map_or("", |(region, _)| region)
    }
}
