//! Roles are assumed, and their sessions decided upon and revoked, over memory storage with a clock that stands still.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use credential_vending::model::Revoked;
use credential_vending::ops::assume::{AssumeRole, AssumedRole, UndefinedRole};
use credential_vending::ops::roles::CreateRole;
use credential_vending::{
    AuditChain, Caller, CredentialError, CredentialVending, DocumentVending, Error, IdentityStamp, Parts,
    SessionVerifier, VendingKey,
};
use iam_policy::Context;
use identity_kernel::entropy::SystemEntropy;
use identity_kernel::place::Place;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use storage_memory::MemoryStore;

const ROLE: &str = "arn:aws:iam::123456789012:role/app";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity",
    "Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}}]}"#;
const GET_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;

struct World {
    vending: CredentialVending,
    clock: Arc<ManualClock>,
}

async fn world() -> World {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let vending = CredentialVending::new(Parts {
        storage: Arc::new(DocumentVending::new(MemoryStore::new())),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy: Arc::new(SystemEntropy::new()),
        master_key: MasterKey::new([4; 32]),
        place: Place::new("123456789012", "us-east-1"),
    });
    vending.create_role(CreateRole::named("app", TRUST)).await.unwrap();
    vending.put_role_policy("app", "get", GET_ALL.to_owned()).await.unwrap();
    World { vending, clock }
}

fn request() -> AssumeRole {
    AssumeRole {
        role_arn: ROLE.to_owned(),
        session_name: "s1".to_owned(),
        duration_seconds: 3600,
        provider: "cognito-identity.amazonaws.com".to_owned(),
        login: Context::new().with("cognito-identity.amazonaws.com:aud", "pool"),
        identity: Some(IdentityStamp { identity: "ada".to_owned(), pool: "pool".to_owned(), amr: Vec::new() }),
        chain: AuditChain::default(),
        tags: BTreeMap::new(),
        session_policies: None,
        ceiling: None,
        undefined: UndefinedRole::Refuse,
    }
}

impl World {
    async fn caller(&self, assumed: &AssumedRole) -> Result<Caller, CredentialError> {
        let keys = &assumed.credentials;
        let (caller, secret) = self.vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await?;
        assert_eq!(secret, keys.secret);
        Ok(caller)
    }

    async fn allows(&self, assumed: &AssumedRole, action: &str) -> bool {
        let caller = self.caller(assumed).await.unwrap();
        self.vending.decide(&caller, action, "arn:aws:s3:::b/k", Context::new()).await.unwrap().is_allowed()
    }
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts_for_as_long_as_it_allows() {
    let world = world().await;
    assert!(world.vending.assume_role(request()).await.is_ok());

    let other_pool =
        AssumeRole { login: Context::new().with("cognito-identity.amazonaws.com:aud", "evil"), ..request() };
    assert!(matches!(world.vending.assume_role(other_pool).await, Err(Error::AccessDenied)));
    let other_provider = AssumeRole { provider: "accounts.google.com".to_owned(), ..request() };
    assert!(matches!(world.vending.assume_role(other_provider).await, Err(Error::AccessDenied)));
    let long = AssumeRole { duration_seconds: 3601, ..request() };
    assert!(matches!(world.vending.assume_role(long).await, Err(Error::DurationTooLong)));
    let short = AssumeRole { duration_seconds: 899, ..request() };
    assert!(matches!(world.vending.assume_role(short).await, Err(Error::InvalidInput(_))));
    let absent = AssumeRole { role_arn: format!("{ROLE}2"), ..request() };
    assert!(matches!(world.vending.assume_role(absent).await, Err(Error::AccessDenied)));
    let elsewhere = AssumeRole { role_arn: "arn:aws:iam::999999999999:role/app".to_owned(), ..request() };
    assert!(matches!(world.vending.assume_role(elsewhere).await, Err(Error::AccessDenied)), "line 111");
}

#[tokio::test]
async fn tags_need_a_role_that_trusts_them() {
    let world = world().await;
    let tagged = AssumeRole { tags: BTreeMap::from([("team".to_owned(), "a".to_owned())]), ..request() };

    assert!(matches!(world.vending.assume_role(tagged.clone()).await, Err(Error::AccessDenied)));
    let trust =
        TRUST.replace("\"sts:AssumeRoleWithWebIdentity\"", r#"["sts:AssumeRoleWithWebIdentity","sts:TagSession"]"#);
    world.vending.update_trust("app", trust).await.unwrap();
    assert!(world.vending.assume_role(tagged).await.is_ok());
}

#[tokio::test]
async fn a_session_may_what_its_role_may_within_its_limits() {
    let world = world().await;
    let plain = world.vending.assume_role(request()).await.unwrap();
    assert!(world.allows(&plain, "s3:GetObject").await);
    assert!(!world.allows(&plain, "s3:PutObject").await);

    let put = GET_ALL.replace("Get", "Put");
    let narrowed = AssumeRole { session_policies: Some(vec![put.clone()]), ..request() };
    let narrowed = world.vending.assume_role(narrowed).await.unwrap();
    assert!(!world.allows(&narrowed, "s3:GetObject").await && !world.allows(&narrowed, "s3:PutObject").await);
    let ceiled = AssumeRole { ceiling: Some(vec![put]), ..request() };
    let ceiled = world.vending.assume_role(ceiled).await.unwrap();
    assert!(!world.allows(&ceiled, "s3:GetObject").await);

    let broken = AssumeRole { session_policies: Some(vec!["{}".to_owned()]), ..request() };
    assert!(matches!(world.vending.assume_role(broken).await, Err(Error::MalformedPolicy(_))));
    let large = AssumeRole {
        session_policies: Some(vec![GET_ALL.replace("s3:Get*", &format!("s3:{}", "a".repeat(5000)))]),
        ..request()
    };
    assert!(matches!(world.vending.assume_role(large).await, Err(Error::PackedPolicyTooLarge(_))));
}

#[tokio::test]
async fn a_role_that_was_changed_or_made_again_is_judged_as_it_is_now() {
    let world = world().await;
    let assumed = world.vending.assume_role(request()).await.unwrap();
    world.vending.delete_role_policy("app", "get").await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await);

    world.vending.delete_role("app").await.unwrap();
    world.vending.create_role(CreateRole::named("app", TRUST)).await.unwrap();
    world.vending.put_role_policy("app", "get", GET_ALL.to_owned()).await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await, "another role of the same name");
}

#[tokio::test]
async fn a_role_that_nobody_created_allows_nothing() {
    let world = world().await;
    let undefined = AssumeRole { role_arn: format!("{ROLE}2"), undefined: UndefinedRole::GrantNothing, ..request() };
    let assumed = world.vending.assume_role(undefined).await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await);

    // Created later, it is another role than the one that was assumed.
    world.vending.create_role(CreateRole::named("app2", TRUST)).await.unwrap();
    world.vending.put_role_policy("app2", "get", GET_ALL.to_owned()).await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await);
}

#[tokio::test]
async fn sessions_end_by_time_by_name_and_by_identity() {
    let world = world().await;
    let (one, two) =
        (world.vending.assume_role(request()).await.unwrap(), world.vending.assume_role(request()).await.unwrap());

    world.vending.revoke(Revoked::Session(one.credentials.access_key_id.clone())).await.unwrap();
    assert!(matches!(world.caller(&one).await, Err(CredentialError::Revoked)));
    assert!(world.caller(&two).await.is_ok());

    world.vending.revoke(Revoked::Identity("ada".to_owned())).await.unwrap();
    assert!(matches!(world.caller(&two).await, Err(CredentialError::Revoked)));
    let later = world.vending.assume_role(request()).await.unwrap();
    assert!(world.caller(&later).await.is_ok());

    world.clock.advance_seconds(3600);
    assert!(matches!(world.caller(&later).await, Err(CredentialError::Expired)));
}

#[tokio::test]
async fn vended_keys_without_their_token_are_nobodys() {
    let world = world().await;
    let keys = world.vending.assume_role(request()).await.unwrap().credentials;

    assert!(matches!(world.vending.holder(&keys.access_key_id, None).await, Err(CredentialError::Invalid)));
    assert!(matches!(world.vending.holder("AKIANOBODY", None).await, Err(CredentialError::Invalid)));
    assert!(world.vending.put_operator_key("ASIAAAAAAAAAAAAAAAAA", &"x".into()).await.is_err());
}

#[tokio::test]
async fn a_role_and_everything_can_be_revoked_until_now() {
    let world = world().await;
    for what in [Revoked::Role(ROLE.to_owned()), Revoked::Everything] {
        let before = world.vending.assume_role(request()).await.unwrap();
        world.vending.revoke(Revoked::Role("arn:aws:iam::123456789012:role/other".to_owned())).await.unwrap();
        assert!(world.caller(&before).await.is_ok());

        world.vending.revoke(what).await.unwrap();
        assert!(matches!(world.caller(&before).await, Err(CredentialError::Revoked)));
        assert!(world.caller(&world.vending.assume_role(request()).await.unwrap()).await.is_ok());
    }
}

#[tokio::test]
async fn line_115_a_revocation_ends_what_was_vended_before_it_whatever_the_clocks_say() {
    for step in [1800, -3600, 30, -30] {
        let world = world().await;
        let verifier = verifier(&world).await;
        let before = world.vending.assume_role(request()).await.unwrap();
        world.clock.advance_seconds(step);

        world.vending.revoke(Revoked::Role(ROLE.to_owned())).await.unwrap();
        let between = world.vending.assume_role(request()).await.unwrap();
        let list = world.vending.signed_revocation_list().await.unwrap();
        verifier.take_list(&list, world.clock.now()).unwrap();
        let verify = |assumed: &AssumedRole| {
            let credentials = &assumed.credentials;
            verifier.verify(&credentials.access_key_id, credentials.session_token.expose(), world.clock.now())
        };

        assert!(world.caller(&before).await.is_err() && verify(&before).is_err(), "{step}");
        assert!(world.caller(&between).await.is_ok() && verify(&between).is_ok(), "{step}");
        world.vending.revoke(Revoked::Role(ROLE.to_owned())).await.unwrap();
        assert!(matches!(world.caller(&between).await, Err(CredentialError::Revoked)), "{step}: in the same instant");
    }
}

/// A resource server that has been given the keys as they are now.
async fn verifier(world: &World) -> SessionVerifier {
    let texts = world.vending.vending_key_texts().await.unwrap();
    let keys = texts.iter().map(|text| VendingKey::from_text(text.expose()).unwrap()).collect();
    SessionVerifier::new(keys, 300)
}

#[tokio::test]
async fn line_105_a_verifier_without_database_knows_sessions_and_their_revocation() {
    let world = world().await;
    let verifier = verifier(&world).await;
    let assumed = world.vending.assume_role(request()).await.unwrap().credentials;
    let verify = || verifier.verify(&assumed.access_key_id, assumed.session_token.expose(), world.clock.now());

    assert!(matches!(verify(), Err(CredentialError::NoRevocationList)));
    let first = world.vending.signed_revocation_list().await.unwrap();
    verifier.take_list(&first, world.clock.now()).unwrap();
    assert_eq!(verify().unwrap().1, assumed.secret);

    world.clock.advance_seconds(1);
    world.vending.revoke(Revoked::Identity("ada".to_owned())).await.unwrap();
    verifier.take_list(&world.vending.signed_revocation_list().await.unwrap(), world.clock.now()).unwrap();
    assert!(matches!(verify(), Err(CredentialError::Revoked)));
    assert!(verifier.take_list(&first, world.clock.now()).is_err(), "an older list");

    world.clock.advance_seconds(300);
    assert!(matches!(verify(), Err(CredentialError::NoRevocationList)));
}

#[tokio::test]
async fn a_forged_list_is_not_taken() {
    let world = world().await;
    let verifier = verifier(&world).await;
    let list = world.vending.signed_revocation_list().await.unwrap();

    for at in 0..list.len() {
        let mut bytes = list.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(verifier.take_list(&String::from_utf8(bytes).unwrap(), world.clock.now()).is_err(), "{at}");
    }
}

#[tokio::test]
async fn vending_keys_rotate_with_overlap_and_a_leaked_one_dies_at_once() {
    let world = world().await;
    let before = world.vending.assume_role(request()).await.unwrap();
    assert!(before.credentials.access_key_id.starts_with("ASIAAA"));

    world.vending.rotate_vending_key(600, false).await.unwrap();
    assert_eq!(world.vending.vending_key_texts().await.unwrap().len(), 2);
    let ahead = world.vending.assume_role(request()).await.unwrap();
    assert!(ahead.credentials.access_key_id.starts_with("ASIAAA"));
    world.clock.advance_seconds(600);
    let after = world.vending.assume_role(request()).await.unwrap();
    assert!(after.credentials.access_key_id.starts_with("ASIAAB"));
    assert!(world.caller(&before).await.is_ok() && world.caller(&after).await.is_ok());

    world.vending.rotate_vending_key(600, true).await.unwrap();
    assert!(matches!(world.caller(&after).await, Err(CredentialError::Invalid)));
    let newest = world.vending.assume_role(request()).await.unwrap();
    assert!(newest.credentials.access_key_id.starts_with("ASIAAC"));
    assert!(world.caller(&newest).await.is_ok());
}

#[tokio::test]
async fn a_changed_role_policy_counts_at_once() {
    let world = world().await;
    let assumed = world.vending.assume_role(request()).await.unwrap();
    assert!(world.allows(&assumed, "s3:GetObject").await);

    let nothing = GET_ALL.replace("Allow", "Deny");
    world.vending.put_role_policy("app", "get", nothing).await.unwrap();

    assert!(!world.allows(&assumed, "s3:GetObject").await);
}
