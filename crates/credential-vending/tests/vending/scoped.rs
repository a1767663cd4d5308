//! Credentials narrowed by whoever holds them: nobody comes back, and no sequence widens.

use credential_vending::model::Revoked;
use credential_vending::ops::scoped_credentials::GetScopedCredentials;
use credential_vending::{Caller, CredentialError, Credentials, Error, Invalid, Narrowing, SystemEntropy, VendingKey};
use iam_policy::Context;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Clock;
use proptest::prelude::*;

use crate::world::{World, request, verifier, world};

fn policy(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:s3:::{resource}"}}}}"#
    )
}

fn to(policy: String) -> Narrowing {
    Narrowing { policy: Some(policy), ..Narrowing::default() }
}

fn for_seconds(seconds: i64) -> Narrowing {
    Narrowing { duration_seconds: Some(seconds), ..Narrowing::default() }
}

async fn wide(world: &World) -> Credentials {
    world.vending.assume_role(request()).await.unwrap().credentials
}

fn narrow(world: &World, keys: &Credentials, narrowing: &Narrowing) -> Result<Credentials, Error> {
    keys.narrow(narrowing, &SystemEntropy::new(), world.clock.now()).map(|scoped| scoped.credentials)
}

/// Who holds these, if they hold the secret that belongs to them.
async fn holder(world: &World, keys: &Credentials) -> Result<Caller, CredentialError> {
    let (caller, secret) = world.vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await?;
    if secret == keys.secret { Ok(caller) } else { Err(CredentialError::Invalid) }
}

async fn allows(world: &World, keys: &Credentials, action: &str, key: &str) -> bool {
    let caller = holder(world, keys).await.unwrap();
    let resource = format!("arn:aws:s3:::{key}");
    world.vending.decide(&caller, action, &resource, Context::new()).await.unwrap().is_allowed()
}

#[tokio::test]
async fn narrowed_credentials_may_do_what_every_layer_allows_and_nothing_else() {
    let world = world().await;
    let wide = wide(&world).await;
    let one = narrow(&world, &wide, &to(policy("s3:*", "b/one/*"))).unwrap();
    let two = narrow(&world, &one, &to(policy("s3:GetObject", "b/*"))).unwrap();

    assert!(allows(&world, &wide, "s3:GetObject", "b/two/x").await);
    assert!(
        allows(&world, &one, "s3:GetObject", "b/one/x").await && allows(&world, &one, "s3:GetAcl", "b/one/x").await
    );
    assert!(!allows(&world, &one, "s3:GetObject", "b/two/x").await);
    assert!(!allows(&world, &one, "s3:PutObject", "b/one/x").await, "the role does not allow it");
    assert!(allows(&world, &two, "s3:GetObject", "b/one/x").await);
    assert!(!allows(&world, &two, "s3:GetObject", "b/two/x").await, "the outer layer counts on");
    assert!(!allows(&world, &two, "s3:GetAcl", "b/one/x").await);
}

#[tokio::test]
async fn the_time_of_narrowed_credentials_ends_with_every_wider_one() {
    let world = world().await;
    let wide = wide(&world).await;
    let minute = narrow(&world, &wide, &for_seconds(60)).unwrap();
    let inner = narrow(&world, &minute, &to(policy("s3:*", "*"))).unwrap();

    assert_eq!(inner.expires_at, world.clock.now().plus_seconds(60));
    assert_eq!(narrow(&world, &minute, &for_seconds(61)).unwrap_err(), Error::InsufficientSessionLifetime);
    assert_eq!(narrow(&world, &wide, &for_seconds(3601)).unwrap_err(), Error::InsufficientSessionLifetime);
    assert!(narrow(&world, &wide, &for_seconds(3600)).is_ok());
    // Whoever writes a later end into a layer of their own gains nothing: every layer's end counts.
    let liar = Credentials { expires_at: world.clock.now().plus_seconds(100_000), ..minute.clone() };
    let later = narrow(&world, &liar, &for_seconds(90_000)).unwrap();

    world.clock.advance_seconds(60);
    for keys in [&minute, &inner, &later] {
        assert_eq!(holder(&world, keys).await.unwrap_err(), CredentialError::Expired);
    }
    assert_eq!(narrow(&world, &minute, &to(policy("*", "*"))).unwrap_err(), Error::InsufficientSessionLifetime);
    assert!(holder(&world, &wide).await.is_ok());
}

#[tokio::test]
async fn a_layer_that_is_removed_reordered_or_changed_is_refused() {
    let world = world().await;
    let wide = wide(&world).await;
    let one = narrow(&world, &wide, &to(policy("s3:Get*", "b/one/*"))).unwrap();
    let two = narrow(&world, &one, &for_seconds(60)).unwrap();
    let token = |keys: &Credentials| keys.session_token.expose().to_owned();
    let parts: Vec<String> = token(&two).split('.').map(str::to_owned).collect();
    let ids = [&wide.access_key_id, &one.access_key_id, &two.access_key_id];
    let removed = [
        vec![&parts[0]],
        vec![&parts[0], &parts[1]],
        vec![&parts[0], &parts[2]],
        vec![&parts[0], &parts[2], &parts[1]],
        vec![&parts[0], &parts[1], &parts[1]],
        vec![&parts[1], &parts[2]],
        vec![&parts[0], &parts[1], &parts[2], &parts[2]],
    ];

    let secret = || two.secret.clone();
    for parts in removed {
        let bent = parts.iter().map(|part| part.as_str()).collect::<Vec<_>>().join(".");
        for id in ids {
            let keys = Credentials {
                access_key_id: id.clone(),
                secret: secret(),
                session_token: bent.clone().into(),
                expires_at: two.expires_at,
            };
            assert_eq!(holder(&world, &keys).await.unwrap_err(), CredentialError::Invalid, "{bent} as {id}");
        }
    }
    let text = token(&two);
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let bent: SecretString = String::from_utf8(bytes).unwrap().into();
        let keys = Credentials { session_token: bent, ..two.clone() };
        assert!(holder(&world, &keys).await.is_err(), "character {at}");
    }
    assert!(holder(&world, &two).await.is_ok());
}

#[tokio::test]
async fn a_narrower_secret_leads_to_no_wider_one_and_not_to_that_of_a_sibling() {
    let world = world().await;
    let wide = wide(&world).await;
    let one = narrow(&world, &wide, &to(policy("s3:Get*", "b/one/*"))).unwrap();
    let sibling = narrow(&world, &wide, &to(policy("s3:Get*", "b/one/*"))).unwrap();

    // The holder of `one` knows the wider access key id and session token, which begin its own; and has its own secret.
    let as_wide = Credentials { secret: one.secret.clone(), ..wide.clone() };
    assert_eq!(holder(&world, &as_wide).await.unwrap_err(), CredentialError::Invalid);
    // What it makes of them with its own secret is nobody's.
    let made = narrow(&world, &as_wide, &to(policy("*", "*"))).unwrap();
    assert_eq!(holder(&world, &made).await.unwrap_err(), CredentialError::Invalid);
    assert_ne!(one.secret, sibling.secret);
    let as_sibling = Credentials { secret: one.secret.clone(), ..sibling };
    assert_eq!(holder(&world, &as_sibling).await.unwrap_err(), CredentialError::Invalid);
}

#[tokio::test]
async fn the_fourth_layer_is_refused_also_where_somebody_writes_one() {
    let world = world().await;
    let mut keys = wide(&world).await;
    for _ in 0..3 {
        keys = narrow(&world, &keys, &for_seconds(60)).unwrap();
        assert!(holder(&world, &keys).await.is_ok());
    }

    assert_eq!(keys.access_key_id.len(), 116, "AWS's clients take 128");
    assert_eq!(narrow(&world, &keys, &for_seconds(60)).unwrap_err(), Error::NotNarrowable);
    let token =
        format!("{0}.{1}", keys.session_token.expose(), keys.session_token.expose().rsplit('.').next().unwrap());
    let id = format!("{}{}", keys.access_key_id, "A".repeat(32));
    assert!(world.vending.holder(&id, Some(&token)).await.is_err());
}

#[tokio::test]
async fn what_revokes_a_session_revokes_every_narrower_one_and_not_the_wider() {
    let world = world().await;
    let wide = wide(&world).await;
    let one = narrow(&world, &wide, &for_seconds(600)).unwrap();
    let two = narrow(&world, &one, &for_seconds(600)).unwrap();
    let sibling = narrow(&world, &wide, &for_seconds(600)).unwrap();
    let verifier = verifier(&world).await;

    world.vending.revoke(Revoked::Session(one.access_key_id.clone())).await.unwrap();

    verifier.take_list(&world.vending.signed_revocation_list().await.unwrap(), world.clock.now()).unwrap();
    let offline = |keys: &Credentials| {
        verifier.verify(&keys.access_key_id, keys.session_token.expose(), world.clock.now()).map(|(_, secret)| secret)
    };
    for keys in [&one, &two] {
        assert_eq!(holder(&world, keys).await.unwrap_err(), CredentialError::Revoked);
        assert_eq!(offline(keys).unwrap_err(), CredentialError::Revoked);
    }
    for keys in [&wide, &sibling] {
        assert!(holder(&world, keys).await.is_ok());
        assert_eq!(offline(keys).unwrap(), keys.secret);
    }

    world.vending.revoke(Revoked::Identity("ada".to_owned())).await.unwrap();
    assert_eq!(holder(&world, &sibling).await.unwrap_err(), CredentialError::Revoked);
}

#[tokio::test]
async fn the_server_narrows_as_the_holder_does_and_only_sessions() {
    let world = world().await;
    let wide = wide(&world).await;
    let ask = |keys: &Credentials, narrowing: Narrowing| GetScopedCredentials {
        access_key_id: keys.access_key_id.clone(),
        session_token: Some(keys.session_token.clone()),
        narrowing,
    };
    world.events.take();

    let purpose = Some("thumbnails".to_owned());
    let scoped =
        world.vending.get_scoped_credentials(ask(&wide, Narrowing { description: purpose, ..for_seconds(60) })).await;
    let scoped = scoped.unwrap();
    assert_eq!(
        (scoped.scoped.layers, scoped.outer.session_arn()),
        (1, format!("{}/s1", "arn:aws:sts::123456789012:assumed-role/app"))
    );
    let Caller::Session(session) = holder(&world, &scoped.scoped.credentials).await.unwrap() else {
        panic!("a session")
    };
    assert_eq!(session.scopes()[0].id, scoped.scoped.scoped_session_id);
    let told = &world.events.take()[0];
    assert_eq!(told.description.as_deref(), Some("thumbnails"));
    assert_eq!(
        (told.target.as_str(), told.access_key_id.clone()),
        (wide.access_key_id.as_str(), Some(scoped.scoped.credentials.access_key_id))
    );

    world.vending.put_operator_key("OPA", &"secret".into()).await.unwrap();
    let of_operator =
        GetScopedCredentials { access_key_id: "OPA".to_owned(), session_token: None, narrowing: for_seconds(60) };
    assert_eq!(world.vending.get_scoped_credentials(of_operator).await.unwrap_err(), Error::NotNarrowable);
    world.vending.revoke(Revoked::Everything).await.unwrap();
    assert_eq!(
        world.vending.get_scoped_credentials(ask(&wide, for_seconds(60))).await.unwrap_err(),
        Error::NotNarrowable
    );
}

#[tokio::test]
async fn what_narrows_nothing_or_is_out_of_bounds_is_refused() {
    let world = world().await;
    let wide = wide(&world).await;
    let long = |letters: usize| format!("{}{}", policy("*", "*"), " ".repeat(letters - policy("*", "*").len()));
    let described = |text: &str| Narrowing { description: Some(text.to_owned()), ..for_seconds(60) };

    for (narrowing, reason) in [
        (Narrowing::default(), Invalid::NothingNarrowed),
        (for_seconds(0), Invalid::ScopeDuration),
        (for_seconds(129_601), Invalid::ScopeDuration),
        (to(long(2049)), Invalid::ScopePolicyLength),
        (described("x"), Invalid::ScopeDescription),
        (described(&"x".repeat(257)), Invalid::ScopeDescription),
        (Narrowing { minimum_token_size: 4097, ..for_seconds(60) }, Invalid::MinimumTokenSize),
    ] {
        assert_eq!(narrow(&world, &wide, &narrowing).unwrap_err(), Error::InvalidInput(reason));
    }
    assert!(matches!(narrow(&world, &wide, &to("{}".to_owned())), Err(Error::MalformedPolicy(_))));
    assert!(narrow(&world, &wide, &to(long(2048))).is_ok());
    assert!(narrow(&world, &wide, &for_seconds(1)).is_ok());
    let padded = narrow(&world, &wide, &Narrowing { minimum_token_size: 4096, ..for_seconds(60) }).unwrap();
    assert!((4096..4120).contains(&padded.session_token.expose().len()));
    assert!(holder(&world, &padded).await.is_ok());
}

fn any_policy() -> impl Strategy<Value = String> {
    let action = prop::sample::select(vec!["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "s3:GetAcl"]);
    let resource = prop::sample::select(vec!["*", "b/*", "b/one/*", "b/two/*", "b/one/x", "c/*"]);
    let effect = prop::sample::select(vec!["Allow", "Allow", "Allow", "Deny"]);
    let statement = (effect, action, resource).prop_map(|(effect, action, resource)| {
        format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"arn:aws:s3:::{resource}"}}"#)
    });
    prop::collection::vec(statement, 1..3)
        .prop_map(|statements| format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")))
}

fn any_narrowing() -> impl Strategy<Value = Narrowing> {
    (prop::option::of(any_policy()), prop::option::of(1..2000_i64)).prop_filter_map(
        "one of both",
        |(policy, seconds)| {
            (policy.is_some() || seconds.is_some()).then(|| Narrowing {
                policy,
                duration_seconds: seconds,
                ..Narrowing::default()
            })
        },
    )
}

/// What these credentials may do, and when they end.
fn rights(
    key: &VendingKey,
    role: &credential_vending::RolePolicies,
    keys: &Credentials,
    world: &World,
) -> (Vec<bool>, i64) {
    let session = key.open(&keys.access_key_id, keys.session_token.expose(), world.clock.now()).unwrap();
    assert_eq!(key.secret_of(&keys.access_key_id), keys.secret);
    let requests = ["s3:GetObject", "s3:PutObject", "s3:GetAcl"]
        .into_iter()
        .flat_map(|action| ["b/one/x", "b/one/y", "b/two/x", "c/x"].map(|key| (action, format!("arn:aws:s3:::{key}"))));
    let allowed = requests.map(|(action, on)| role.decide(&session, action, &on, Context::new()).is_allowed());
    (allowed.collect(), session.expires_at.epoch_millis())
}

proptest! {
    #[test]
    fn no_sequence_of_narrowings_widens(own in any_policy(), layers in prop::collection::vec(any_narrowing(), 1..=4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (world, mut keys, text) = runtime.block_on(async {
            let world = world().await;
            let (keys, texts) = (wide(&world).await, world.vending.vending_key_texts().await.unwrap());
            (world, keys, texts[0].clone())
        });
        let key = VendingKey::from_text(text.expose()).unwrap();
        let id = key.open(&keys.access_key_id, keys.session_token.expose(), world.clock.now()).unwrap().role_id;
        let role = credential_vending::RolePolicies::from_documents(&id, [("own", own.as_str())], None).unwrap();
        let mut before = rights(&key, &role, &keys, &world);
        for narrowing in layers {
            let Ok(narrower) = narrow(&world, &keys, &narrowing) else { continue };
            let now = rights(&key, &role, &narrower, &world);
            prop_assert!(now.0.iter().zip(&before.0).all(|(now, before)| *before || !now), "{narrowing:?}");
            prop_assert!(now.1 <= before.1);
            (keys, before) = (narrower, now);
        }
    }
}
