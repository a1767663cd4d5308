//! Roles assumed by keys, and temporary keys of operators.

use std::collections::{BTreeMap, BTreeSet};

use credential_vending::model::Revoked;
use credential_vending::ops::assume::{AssumeRole, AssumedRole};
use credential_vending::ops::assume_by_keys::AssumeRoleByKeys;
use credential_vending::ops::operator_sessions::{GetFederationToken, GetSessionToken};
use credential_vending::ops::roles::CreateRole;
use credential_vending::{Caller, Carried, CredentialError, Credentials, Error, Invalid, Narrowing, SystemEntropy};
use iam_policy::Context;
use identity_kernel::time::Clock;

use crate::world::{TRUST, World, request, world};

const ACCOUNT: &str = "arn:aws:iam::123456789012";

fn trust(who: &str, actions: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{who}"}},"Action":{actions}{condition}}}}}"#
    )
}

fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}}}"#
    )
}

const ASSUME: &str = r#""sts:AssumeRole""#;
const ALL_OF_STS: &str = r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#;

async fn role(world: &World, name: &str, trust: &str) {
    world.vending.create_role(CreateRole::named(name, trust)).await.unwrap();
}

async fn caller(world: &World, keys: &Credentials) -> Caller {
    let (caller, secret) = world.vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await.unwrap();
    assert_eq!(secret, keys.secret);
    caller
}

async fn operator(world: &World, id: &str, policy: &str) -> Caller {
    world.vending.put_operator_key(id, &"secret".into()).await.unwrap();
    world.vending.set_operator_policy(id, policy.to_owned()).await.unwrap();
    world.vending.holder(id, None).await.unwrap().0
}

/// Asks for a role, and for nothing else.
fn ask(caller: &Caller, access_key_id: &str, role: &str) -> AssumeRoleByKeys {
    AssumeRoleByKeys {
        caller: caller.clone(),
        access_key_id: access_key_id.to_owned(),
        role_arn: format!("{ACCOUNT}:role/{role}"),
        session_name: "chained".to_owned(),
        duration_seconds: None,
        tags: BTreeMap::new(),
        transitive: BTreeSet::new(),
        external_id: None,
        source_identity: None,
        session_policies: None,
        policy_arns: Vec::new(),
        circumstances: Context::new(),
        minimum_token_size: 0,
    }
}

/// The session of `request()` asks for a role.
async fn chained(world: &World, role: &str) -> Result<AssumedRole, Error> {
    let first = world.vending.assume_role(request()).await.unwrap().credentials;
    world.vending.assume_role_by_keys(ask(&caller(world, &first).await, &first.access_key_id, role)).await
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_trust_policy_names_the_session_its_role_or_the_account_whose_own_policies_then_decide() {
    let world = world().await;
    let session = "arn:aws:sts::123456789012:assumed-role/app/s1";
    for (name, who) in [
        ("by-session", session),
        ("by-role", &format!("{ACCOUNT}:role/app")),
        ("by-root", &format!("{ACCOUNT}:root")),
        ("by-number", "123456789012"),
        ("other-session", &format!("{session}2")),
        ("other-role", &format!("{ACCOUNT}:role/app2")),
        ("other-account", "arn:aws:iam::999999999999:root"),
    ] {
        role(&world, name, &trust(who, ASSUME, "")).await;
    }

    for name in ["by-session", "by-role"] {
        let assumed = chained(&world, name).await.unwrap();
        assert_eq!(assumed.session.session_arn(), format!("arn:aws:sts::123456789012:assumed-role/{name}/chained"));
    }
    for name in ["by-root", "by-number"] {
        assert_eq!(chained(&world, name).await.unwrap_err(), Error::AccessDenied, "{name}");
    }
    world
        .vending
        .put_role_policy("app", "assume", allow("sts:AssumeRole", &format!("{ACCOUNT}:role/by-*")))
        .await
        .unwrap();
    for name in ["by-root", "by-number"] {
        assert!(chained(&world, name).await.is_ok(), "{name}");
    }
    for name in ["other-session", "other-role", "other-account", "nobody"] {
        assert_eq!(chained(&world, name).await.unwrap_err(), Error::AccessDenied, "{name}");
    }
    let deny = allow("sts:AssumeRole", "*").replace("Allow", "Deny");
    world.vending.put_role_policy("app", "deny", deny).await.unwrap();
    assert_eq!(chained(&world, "by-session").await.unwrap_err(), Error::AccessDenied);
}

#[tokio::test]
async fn a_session_policy_and_a_scope_hold_for_assuming_too() {
    let world = world().await;
    role(&world, "next", &trust(&format!("{ACCOUNT}:role/app"), ASSUME, "")).await;
    let narrowed = AssumeRole { session_policies: Some(vec![allow("s3:*", "*")]), ..request() };
    let narrowed = world.vending.assume_role(narrowed).await.unwrap().credentials;
    let wide = world.vending.assume_role(request()).await.unwrap().credentials;
    let scope = |policy: Option<String>, duration_seconds| {
        let narrowing = Narrowing { policy, duration_seconds, ..Narrowing::default() };
        wide.narrow(&narrowing, &SystemEntropy::new(), world.clock.now()).unwrap().credentials
    };
    let by = async |keys: &Credentials| {
        world.vending.assume_role_by_keys(ask(&caller(&world, keys).await, &keys.access_key_id, "next")).await
    };

    assert_eq!(by(&narrowed).await.unwrap_err(), Error::AccessDenied);
    assert_eq!(by(&scope(Some(allow("s3:*", "*")), None)).await.unwrap_err(), Error::AccessDenied);
    let minute = by(&scope(Some(allow("sts:AssumeRole", "*")), Some(60))).await.unwrap();
    assert_eq!(minute.credentials.expires_at, world.clock.now().plus_seconds(60), "it ends with what made it");
    assert_eq!(by(&wide).await.unwrap().credentials.expires_at, world.clock.now().plus_seconds(3600));
}

#[tokio::test]
async fn what_a_session_makes_lives_an_hour_at_most_and_what_an_operator_makes_as_long_as_the_role_says() {
    let world = world().await;
    let long = CreateRole { max_session_seconds: Some(43_200), ..CreateRole::named("next", trust("*", ASSUME, "")) };
    world.vending.create_role(long).await.unwrap();
    let first = world.vending.assume_role(request()).await.unwrap().credentials;
    let session = caller(&world, &first).await;
    let own = operator(&world, "OPA", &allow("s3:*", "*")).await;
    let lasts = async |caller: &Caller, seconds| {
        let request = AssumeRoleByKeys { duration_seconds: Some(seconds), ..ask(caller, "OPA", "next") };
        world.vending.assume_role_by_keys(request).await.map(drop)
    };

    assert_eq!(lasts(&session, 3601).await, Err(Error::InvalidInput(Invalid::ChainedDuration)));
    assert_eq!(lasts(&session, 3600).await, Ok(()));
    assert_eq!(lasts(&own, 43_200).await, Ok(()));
    assert_eq!(lasts(&own, 43_201).await, Err(Error::InvalidInput(Invalid::Duration)));
}

#[tokio::test]
async fn an_external_id_is_asked_for_by_the_trust_policy() {
    let world = world().await;
    let condition = r#","Condition":{"StringEquals":{"sts:ExternalId":"42"}}"#;
    role(&world, "next", &trust("*", ASSUME, condition)).await;
    let own = operator(&world, "OPA", &allow("s3:*", "*")).await;

    for (given, right) in [(None, false), (Some("41"), false), (Some("42"), true)] {
        let request = AssumeRoleByKeys { external_id: given.map(str::to_owned), ..ask(&own, "OPA", "next") };
        assert_eq!(world.vending.assume_role_by_keys(request).await.is_ok(), right, "{given:?}");
    }
}

#[tokio::test]
async fn tags_that_go_on_are_overridden_by_nobody_and_a_source_identity_sticks() {
    let world = world().await;
    for name in ["one", "two"] {
        role(&world, name, &trust("*", ALL_OF_STS, "")).await;
    }
    role(&world, "untagged", &trust("*", ASSUME, "")).await;
    let own = operator(&world, "OPA", &allow("*", "*")).await;
    let first = AssumeRoleByKeys {
        tags: tags(&[("team", "engines"), ("colour", "red")]),
        transitive: BTreeSet::from(["team".to_owned()]),
        source_identity: Some("ada".to_owned()),
        ..ask(&own, "OPA", "one")
    };
    let first = world.vending.assume_role_by_keys(first).await.unwrap().credentials;
    let session = caller(&world, &first).await;
    let second = |change: fn(&mut AssumeRoleByKeys)| {
        let mut request = ask(&session, &first.access_key_id, "two");
        change(&mut request);
        world.vending.assume_role_by_keys(request)
    };

    let assumed = second(|_| ()).await.unwrap().session;
    assert_eq!(assumed.tags, tags(&[("team", "engines")]));
    assert_eq!(assumed.carried.source_identity.as_deref(), Some("ada"));
    assert_eq!(assumed.carried.via.len(), 2);
    for taken in [(|own| own.tags = tags(&[("team", "looms")])) as fn(&mut AssumeRoleByKeys), |own| {
        own.tags = tags(&[("TEAM", "looms")]);
    }] {
        assert_eq!(second(taken).await.unwrap_err(), Error::InvalidInput(Invalid::TransitiveTagTaken));
    }
    let missing = second(|own| own.transitive = BTreeSet::from(["colour".to_owned()])).await;
    assert_eq!(missing.unwrap_err(), Error::InvalidInput(Invalid::TransitiveTags));
    assert_eq!(second(|own| own.source_identity = Some("eve".to_owned())).await.unwrap_err(), Error::AccessDenied);
    assert!(second(|own| own.source_identity = Some("ada".to_owned())).await.is_ok());
    let untagged = ask(&session, &first.access_key_id, "untagged");
    assert_eq!(
        world.vending.assume_role_by_keys(untagged).await.unwrap_err(),
        Error::AccessDenied,
        "tags go on, and must be trusted"
    );
}

#[tokio::test]
async fn what_revokes_a_session_revokes_what_it_made() {
    for what in [0, 1, 2] {
        let world = world().await;
        role(&world, "next", &trust("*", ASSUME, "")).await;
        let first = world.vending.assume_role(request()).await.unwrap();
        let keys = &first.credentials;
        let made =
            world.vending.assume_role_by_keys(ask(&caller(&world, keys).await, &keys.access_key_id, "next")).await;
        let made = made.unwrap();
        assert_eq!(made.session.chain, first.session.chain, "who logged in is known on");

        let what = [
            Revoked::Session(keys.access_key_id.clone()),
            Revoked::Identity("ada".to_owned()),
            Revoked::Role(first.session.role_arn),
        ][what]
            .clone();
        world.vending.revoke(what.clone()).await.unwrap();

        assert_eq!(world.caller(&made).await.unwrap_err(), CredentialError::Revoked, "{what:?}");
        let other = world.vending.assume_role(request()).await.unwrap();
        assert!(world.caller(&other).await.is_ok());
    }
}

#[tokio::test]
async fn the_ceiling_of_guests_goes_on_into_what_they_assume() {
    let world = world().await;
    role(&world, "next", &trust("*", ASSUME, "")).await;
    world.vending.put_role_policy("next", "all", allow("*", "*")).await.unwrap();
    let ceiling = Some(vec![
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject","sts:*"],"Resource":"*"}}"#
            .to_owned(),
    ]);
    let guest = world.vending.assume_role(AssumeRole { ceiling, ..request() }).await.unwrap().credentials;

    let made = world
        .vending
        .assume_role_by_keys(ask(&caller(&world, &guest).await, &guest.access_key_id, "next"))
        .await
        .unwrap();

    assert!(world.allows(&made, "s3:GetObject").await && !world.allows(&made, "s3:PutObject").await);
}

#[tokio::test]
async fn an_operators_own_session_may_what_the_operator_may_now() {
    let world = world().await;
    let own = operator(&world, "OPA", &allow("s3:*", "*")).await;
    let token = |caller: &Caller, duration_seconds| GetSessionToken {
        caller: caller.clone(),
        duration_seconds,
        minimum_token_size: 2000,
    };

    let made = world.vending.get_session_token(token(&own, None)).await.unwrap();

    assert!(made.credentials.session_token.expose().len() >= 2000);
    assert_eq!(made.credentials.expires_at, world.clock.now().plus_seconds(43_200));
    assert_eq!((made.session.session_arn(), made.session.user_id()), (own.arn(), own.user_id()));
    assert!(world.allows(&made, "s3:PutObject").await && !world.allows(&made, "iam:ListRoles").await);
    let session = world.caller(&made).await.unwrap();
    assert_eq!(world.vending.get_session_token(token(&session, None)).await.unwrap_err(), Error::AccessDenied);
    for seconds in [899, 129_601] {
        let refused = world.vending.get_session_token(token(&own, Some(seconds))).await;
        assert_eq!(refused.unwrap_err(), Error::InvalidInput(Invalid::OperatorSessionDuration));
    }
    assert!(world.vending.get_session_token(token(&own, Some(129_600))).await.is_ok());
    world.vending.set_operator_policy("OPA", allow("iam:*", "*")).await.unwrap();
    assert!(!world.allows(&made, "s3:PutObject").await && world.allows(&made, "iam:ListRoles").await);
    world.vending.remove_operator_key("OPA").await.unwrap();
    assert!(!world.allows(&made, "iam:ListRoles").await);
}

#[tokio::test]
async fn a_federated_user_may_nothing_without_a_policy_and_never_more_than_the_operator() {
    let world = world().await;
    role(&world, "next", &trust("*", ASSUME, "")).await;
    let own = operator(&world, "OPA", &allow("s3:Get*", "*")).await;
    let federate = |caller: &Caller, name: &str, policy: Option<String>| GetFederationToken {
        caller: caller.clone(),
        name: name.to_owned(),
        session_policies: policy.map(|policy| vec![policy]),
        policy_arns: Vec::new(),
        tags: tags(&[("team", "engines")]),
        duration_seconds: None,
        minimum_token_size: 0,
    };

    let bare = world.vending.get_federation_token(federate(&own, "bob", None)).await.unwrap();
    let made = world.vending.get_federation_token(federate(&own, "bob", Some(allow("s3:*", "*")))).await.unwrap();

    assert_eq!(made.session.session_arn(), "arn:aws:sts::123456789012:federated-user/bob");
    assert_eq!(made.session.user_id(), "123456789012:bob");
    assert!(!world.allows(&bare, "s3:GetObject").await);
    assert!(world.allows(&made, "s3:GetObject").await && !world.allows(&made, "s3:PutObject").await);
    let session = world.caller(&made).await.unwrap();
    assert_eq!(
        world.vending.get_federation_token(federate(&session, "eve", None)).await.unwrap_err(),
        Error::AccessDenied
    );
    let role = ask(&session, &made.credentials.access_key_id, "next");
    assert_eq!(world.vending.assume_role_by_keys(role).await.unwrap_err(), Error::AccessDenied);
    for name in ["b", "a b", &"b".repeat(33)] {
        let refused = world.vending.get_federation_token(federate(&own, name, None)).await;
        assert_eq!(refused.unwrap_err(), Error::InvalidInput(Invalid::FederatedName), "{name}");
    }
}

#[tokio::test]
async fn a_login_brings_a_source_identity_where_the_role_trusts_it_to() {
    let world = world().await;
    let carried = Carried { source_identity: Some("ada".to_owned()), ..Carried::default() };
    let named = AssumeRole { carried, ..request() };
    assert_eq!(world.vending.assume_role(named.clone()).await.unwrap_err(), Error::AccessDenied);

    let trust = TRUST
        .replace(r#""sts:AssumeRoleWithWebIdentity""#, r#"["sts:AssumeRoleWithWebIdentity","sts:SetSourceIdentity"]"#);
    world.vending.update_trust("app", trust).await.unwrap();
    let assumed = world.vending.assume_role(named).await.unwrap();
    let asks = allow("s3:PutObject", "*")
        .replace(r#""Resource""#, r#""Condition":{"StringEquals":{"aws:SourceIdentity":"ada"}},"Resource""#);
    world.vending.put_role_policy("app", "put", asks).await.unwrap();
    assert!(world.allows(&assumed, "s3:PutObject").await);
}

#[tokio::test]
async fn an_access_key_id_tells_its_account() {
    let world = world().await;
    operator(&world, "OPA", &allow("s3:*", "*")).await;
    let session = world.vending.assume_role(request()).await.unwrap().credentials;

    for id in ["OPA", &session.access_key_id] {
        assert_eq!(world.vending.get_access_key_info(id).await.unwrap(), "123456789012");
    }
    for id in ["NOBODY", "ASIA77AAAAAAAAAAAAAA"] {
        assert!(matches!(world.vending.get_access_key_info(id).await, Err(Error::NoSuchEntity(_))));
    }
}
