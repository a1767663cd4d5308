//! From an access key id to the person, and what ends sessions of many at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credential_vending::model::Revoked;
use credential_vending::ops::assume::AssumeRole;
use credential_vending::ops::assume_by_keys::AssumeRoleByKeys;
use credential_vending::ops::roles::CreateRole;
use credential_vending::ops::scoped_credentials::GetScopedCredentials;
use credential_vending::{
    AuditChain, Caller, CredentialError, CredentialVending, Credentials, DocumentVending, IdentityStamp, LoginRecord,
    Narrowing, Parts, RoleReason, SystemEntropy,
};
use iam_policy::Context;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use storage_memory::MemoryStore;

use crate::world::{TRUST, request, verifier, world};

const NEXT: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;

struct Kept {
    vending: CredentialVending,
    storage: Arc<DocumentVending<MemoryStore>>,
    clock: Arc<ManualClock>,
}

/// A service that keeps who is behind a session for an hour after its end.
async fn keeping() -> Kept {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let storage = Arc::new(DocumentVending::new(MemoryStore::new()));
    let mut parts = Parts::new(storage.clone(), MasterKey::new([4; 32]));
    parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    parts.keep_audit_seconds = Some(3600);
    let vending = CredentialVending::new(parts);
    vending.create_role(CreateRole::named("app", TRUST)).await.unwrap();
    vending.create_role(CreateRole::named("next", NEXT)).await.unwrap();
    Kept { vending, storage, clock }
}

fn by_ada() -> AssumeRole {
    let login = LoginRecord { provider: "idp.example".to_owned(), subject: "ada".to_owned(), ..LoginRecord::default() };
    let role = RoleReason::Rule { mapping: "m".to_owned(), number: 2 };
    AssumeRole { chain: AuditChain { logins: vec![login], role }, ..request() }
}

async fn next(vending: &CredentialVending, keys: &Credentials) -> Credentials {
    let caller = vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await.unwrap().0;
    let request = AssumeRoleByKeys {
        caller,
        access_key_id: keys.access_key_id.clone(),
        role_arn: "arn:aws:iam::123456789012:role/next".to_owned(),
        session_name: "on".to_owned(),
        duration_seconds: None,
        tags: BTreeMap::new(),
        transitive: BTreeSet::new(),
        external_id: None,
        source_identity: None,
        session_policies: None,
        policy_arns: Vec::new(),
        circumstances: Context::new(),
        minimum_token_size: 0,
    };
    vending.assume_role_by_keys(request).await.unwrap().credentials
}

#[tokio::test]
async fn an_access_key_id_leads_to_login_identity_rule_and_every_session_between() {
    let kept = keeping().await;
    let first = kept.vending.assume_role(by_ada()).await.unwrap().credentials;
    let narrowing =
        Narrowing { duration_seconds: Some(900), description: Some("thumbnails".to_owned()), ..Narrowing::default() };
    let scoped = GetScopedCredentials {
        access_key_id: first.access_key_id.clone(),
        session_token: Some(first.session_token.clone()),
        narrowing: narrowing.clone(),
    };
    let scoped = kept.vending.get_scoped_credentials(scoped).await.unwrap().scoped.credentials;
    let offline = scoped.narrow(
        &Narrowing { duration_seconds: Some(60), ..Narrowing::default() },
        &SystemEntropy::new(),
        kept.clock.now(),
    );
    let offline = offline.unwrap().credentials;
    let last = next(&kept.vending, &offline).await;

    let trail = kept.vending.audit(&last.access_key_id).await.unwrap().unwrap();

    let ids: Vec<&str> = trail.sessions.iter().map(|session| session.access_key_id.as_str()).collect();
    assert_eq!(ids, [&first.access_key_id, &scoped.access_key_id, &last.access_key_id]);
    assert!(trail.is_exact);
    assert_eq!(trail.sessions[2].via[0].access_key_id, offline.access_key_id);
    assert_eq!(trail.sessions[1].description.as_deref(), Some("thumbnails"));
    for session in &trail.sessions {
        assert_eq!(
            (session.chain.logins[0].subject.as_str(), session.chain.logins[0].provider.as_str()),
            ("ada", "idp.example")
        );
    }
    let told = trail.to_string();
    for part in [
        "identity ada of pool pool",
        "rule 2 of mapping m",
        "login \"ada\" at \"idp.example\"",
        "narrowed for \"thumbnails\"",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let trail = kept.vending.audit(&offline.access_key_id).await.unwrap().unwrap();
    assert!(!trail.is_exact && trail.sessions.len() == 2);
    assert_eq!(kept.vending.audit("ASIAAANOBODYSNOBODYS").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_kept_goes_when_its_time_is_over_and_nothing_is_kept_where_nobody_asks() {
    let kept = keeping().await;
    let keys = kept.vending.assume_role(request()).await.unwrap().credentials;
    let known = async || kept.vending.audit(&keys.access_key_id).await.unwrap().is_some();

    kept.clock.advance_seconds(3600 + 3600);
    kept.storage.sweep(kept.clock.now(), 100).await.unwrap();
    assert!(known().await, "clocks may differ by two hours");
    kept.clock.advance_seconds(7201);
    kept.storage.sweep(kept.clock.now(), 100).await.unwrap();
    assert!(!known().await);

    let world = world().await;
    let keys = world.vending.assume_role(request()).await.unwrap().credentials;
    assert_eq!(world.vending.audit(&keys.access_key_id).await.unwrap(), None);
}

#[tokio::test]
async fn sessions_of_a_pool_end_together_also_at_verifiers() {
    let world = world().await;
    let of = |pool: &str| AssumeRole {
        identity: Some(IdentityStamp { identity: "ada".to_owned(), pool: pool.to_owned(), amr: Vec::new() }),
        ..request()
    };
    let ours = world.vending.assume_role(of("pool")).await.unwrap();
    let theirs = world.vending.assume_role(of("pool2")).await.unwrap();

    world.vending.revoke(Revoked::Pool("pool".to_owned())).await.unwrap();

    assert_eq!(world.caller(&ours).await.unwrap_err(), CredentialError::Revoked);
    assert!(matches!(world.caller(&theirs).await, Ok(Caller::Session(_))));
    let verifier = verifier(&world).await;
    verifier.take_list(&world.vending.signed_revocation_list().await.unwrap(), world.clock.now()).unwrap();
    let offline = |keys: &Credentials| {
        verifier.verify(&keys.access_key_id, keys.session_token.expose(), world.clock.now()).map(drop)
    };
    assert_eq!(offline(&ours.credentials), Err(CredentialError::Revoked));
    assert_eq!(offline(&theirs.credentials), Ok(()));
    let later = world.vending.assume_role(of("pool")).await.unwrap();
    assert!(world.caller(&later).await.is_ok(), "what came later is not meant");
}

#[tokio::test]
async fn sessions_from_before_a_time_end_and_the_time_never_goes_back() {
    let world = world().await;
    let early = world.vending.assume_role(request()).await.unwrap();
    world.clock.advance_seconds(600);
    let late = world.vending.assume_role(request()).await.unwrap();
    let at = world.clock.now();

    world.vending.revoke(Revoked::IssuedBefore(at.plus_seconds(-300))).await.unwrap();
    assert_eq!(world.caller(&early).await.unwrap_err(), CredentialError::Revoked);
    assert!(world.caller(&late).await.is_ok());
    world.vending.revoke(Revoked::IssuedBefore(at.plus_seconds(-10_000))).await.unwrap();
    assert_eq!(world.caller(&early).await.unwrap_err(), CredentialError::Revoked, "an earlier time takes nothing back");

    let verifier = verifier(&world).await;
    verifier.take_list(&world.vending.signed_revocation_list().await.unwrap(), world.clock.now()).unwrap();
    let offline = |keys: &Credentials| {
        verifier.verify(&keys.access_key_id, keys.session_token.expose(), world.clock.now()).map(drop)
    };
    assert_eq!(offline(&early.credentials), Err(CredentialError::Revoked));
    assert_eq!(offline(&late.credentials), Ok(()));
    world.vending.revoke(Revoked::IssuedBefore(at.plus_seconds(90_000))).await.unwrap();
    assert!(world.caller(&late).await.is_ok(), "nothing that comes is revoked: a time that lies ahead is now");
}
