//! Trust policies that ask which session tags come along.

use std::collections::BTreeMap;

use credential_vending::Error;
use credential_vending::ops::assume::AssumeRole;

use crate::world::{TRUST, request, world};

#[tokio::test]
async fn a_role_may_trust_by_the_keys_of_the_tags() {
    let world = world().await;
    let trust = TRUST
        .replace("\"sts:AssumeRoleWithWebIdentity\"", r#"["sts:AssumeRoleWithWebIdentity","sts:TagSession"]"#)
        .replace(r#""Condition":{"#, r#""Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]},"#);
    world.vending.update_trust("app", trust).await.unwrap();
    let outcome = async |keys: &[&str]| {
        let tags: BTreeMap<_, _> = keys.iter().map(|key| ((*key).to_owned(), "one".to_owned())).collect();
        world.vending.assume_role(AssumeRole { tags, ..request() }).await.map(drop)
    };

    assert_eq!(outcome(&["team"]).await, Ok(()));
    assert_eq!(outcome(&["team", "level"]).await, Ok(()));
    assert_eq!(outcome(&["level"]).await, Err(Error::AccessDenied));
    assert_eq!(outcome(&[]).await, Err(Error::AccessDenied));
}
