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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_region_and_a_uuid_in_lower_case() {
        let uuid = "0a1b2c3d-1111-4222-8333-444455556666";
        let id: IdentityPoolId = format!("eu-west-1:{uuid}").parse().unwrap();
        assert_eq!(id.region(), "eu-west-1");

        let long = "r".repeat(19);
        for bent in [
            uuid.to_owned(),
            format!(":{uuid}"),
            format!("eu_west:{uuid}"),
            format!("eu-west-1:{}", &uuid[1..]),
            format!("eu-west-1:{}", uuid.to_uppercase()),
            format!("{long}:{uuid}"),
        ] {
            assert!(bent.parse::<IdentityPoolId>().is_err() && bent.parse::<IdentityId>().is_err(), "{bent}");
        }
    }
}
