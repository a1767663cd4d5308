//! Which logins are taken, which role they come to, and what is told of it.

use std::sync::atomic::Ordering;

use credential_vending::ops::roles::CreateRole;
use credential_vending::{AuditChain, Error as VendingError, LoginRecord, RoleReason};
use identity_federation::model::ids::{IdentityId, IdentityPoolId};
use identity_federation::model::pool::PoolRoles;
use identity_federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};
use identity_federation::model::role_warning::{Warning, Written};
use identity_federation::ops::credentials::GetCredentials;
use identity_federation::ops::logins::Logins;
use identity_federation::ops::web_identity::AssumeRoleWithWebIdentity;
use identity_federation::ports::{Action, Event, Outcome};
use identity_federation::{Error, ErrorCode, Invalid, Refusal, TraceStep, WebTokenProblem};
use identity_kernel::context::RequestContext;
use identity_kernel::time::Timestamp;
use jwt_tokens::Rotation;
use login_providers::ProviderKind;
use serde_json::{Value, json};

use crate::world::{GUEST, MEMBER, NOW, OIDC, STAFF, USER_POOL, assume, world, world_with};

#[tokio::test]
async fn a_login_leads_to_one_identity_and_a_guest_to_a_new_one_each_time() {
    let world = world().await;

    assert_eq!(world.get_id(&world.user("ada")).await.unwrap(), world.get_id(&world.user("ada")).await.unwrap());
    assert_ne!(world.get_id(&world.user("ada")).await.unwrap(), world.get_id(&world.user("eve")).await.unwrap());
    let guest = world.get_id(&Logins::new()).await.unwrap();
    assert_ne!(guest, world.get_id(&Logins::new()).await.unwrap());
}

#[tokio::test]
async fn line_101_guests_are_let_in_only_where_the_pool_says_so() {
    let world = world_with(|settings| settings.allow_guests = false).await;

    let refused = world.get_id(&Logins::new()).await.unwrap_err();

    assert_eq!(refused, Refusal::GuestsNotAllowed.into());
}

#[tokio::test]
async fn line_102_a_login_that_does_not_hold_is_refused_with_its_reason() {
    let world = world().await;

    for (claims, reason) in [
        (json!({"aud": "other"}), Refusal::LoginClientNotTrusted),
        (json!({"iss": "https://evil.example"}), Refusal::LoginIssuer),
        (json!({"exp": NOW}), Refusal::LoginExpired),
        (json!({"token_use": "access"}), Refusal::LoginClientNotTrusted),
        (json!({"sub": ""}), Refusal::LoginClaimMissing("sub".to_owned())),
    ] {
        assert_eq!(world.refusal(&claims).await, reason.into(), "{claims}");
    }
    let stranger = Logins::from([("evil.example".to_owned(), world.token("evil.example", &json!({})))]);
    assert_eq!(world.get_id(&stranger).await.unwrap_err(), Refusal::ProviderNotInPool.into());
    let mut forged = world.token(USER_POOL, &json!({})).expose().to_owned();
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    let forged = Logins::from([(USER_POOL.to_owned(), forged.into())]);
    assert_eq!(world.get_id(&forged).await.unwrap_err(), Refusal::LoginSignature.into());
}

#[tokio::test]
async fn line_78_a_user_who_was_signed_out_gets_nothing_for_an_old_token() {
    let world = world().await;
    world.roles(None).await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    world.ended.0.store(true, Ordering::SeqCst);

    let refused = world.credentials(&ada, world.user("ada")).await.unwrap_err();

    assert_eq!(refused, Refusal::LoginRevoked.into());
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_asked_about_is_a_fault_of_this_side_and_no_refusal() {
    let world = world().await;
    world.roles(None).await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    world.ended.1.store(true, Ordering::SeqCst);

    let failed = world.credentials(&ada, world.user("ada")).await.unwrap_err();

    assert_eq!(failed.code(), ErrorCode::Internal, "{failed:?}");
}

#[tokio::test]
async fn logins_of_a_kind_that_nobody_verifies_are_refused_by_its_name() {
    let opaque = ["api.twitter.com", "graph.facebook.com", "www.amazon.com", "www.digits.com"];
    let world = world_with(|settings| {
        settings.public_providers.extend(opaque.map(|provider| (provider.to_owned(), "app".to_owned())));
    })
    .await;

    for provider in opaque {
        let logins = Logins::from([(provider.to_owned(), world.token(provider, &json!({"aud": "app"})))]);

        let refused = Refusal::ProviderKindNotSupported(ProviderKind::OpaqueToken).into();
        assert_eq!(world.get_id(&logins).await.unwrap_err(), refused, "{provider}");
    }
}

#[tokio::test]
async fn a_registered_providers_client_is_azp_before_aud() {
    let world = world().await;
    let with = |claims: Value| Logins::from([(OIDC.to_owned(), world.token(OIDC, &claims))]);

    assert!(world.get_id(&with(json!({"aud": "web"}))).await.is_ok());
    assert!(world.get_id(&with(json!({"aud": ["web", "x"], "azp": "web"}))).await.is_ok());
    assert!(world.get_id(&with(json!({"aud": "web", "azp": "x"}))).await.is_err());
    assert!(world.get_id(&with(json!({"aud": ["web", "x"]}))).await.is_err());
}

#[tokio::test]
async fn line_102_a_public_providers_token_must_be_for_the_application_that_the_pool_names() {
    let world = world_with(|settings| {
        settings.public_providers.insert("accounts.google.com".to_owned(), "app".to_owned());
    })
    .await;
    let with = |party: &str| {
        let token = world.token("accounts.google.com", &json!({"aud": party}));
        Logins::from([("accounts.google.com".to_owned(), token)])
    };

    let ada = world.get_id(&with("app")).await.unwrap();
    assert_eq!(world.get_id(&with("app")).await.unwrap(), ada);
    let refused = world.get_id(&with("another")).await.unwrap_err();
    assert_eq!(refused, Refusal::LoginClientNotTrusted.into());
}

#[tokio::test]
async fn line_103_a_role_asked_for_where_no_mapping_is_must_be_the_pools_own() {
    let world = world().await;
    world.roles(None).await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    let asks = async |role: &str| {
        let custom_role = Some(role.to_owned());
        let request = GetCredentials { identity: ada.clone(), logins: world.user("ada"), custom_role };
        world.pools.get_credentials_for_identity(request).await.is_ok()
    };

    assert!(asks(MEMBER).await);
    assert!(!asks(GUEST).await && !asks("arn:aws:iam::123456789012:role/admin").await);
}

#[tokio::test]
async fn line_15_a_leaked_key_of_an_identity_pool_dies_at_once() {
    let world = world_with(|settings| settings.allow_classic = Some(true)).await;
    world.roles(None).await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let (_, before) = world.pools.get_open_id_token(&guest, &Logins::new()).await.unwrap();
    let published = world.pools.key_set(&world.pool).await.unwrap();
    assert_eq!(published.keys.len(), 1);

    world.pools.rotate_signing_key(&world.pool, jwt_tokens::Rotation::AtOnce).await.unwrap();

    assert_ne!(world.pools.key_set(&world.pool).await.unwrap(), published);
    assert!(matches!(assume(&world, before, GUEST).await, Err(Error::InvalidIdentityToken(_))));
    let (_, after) = world.pools.get_open_id_token(&guest, &Logins::new()).await.unwrap();
    assert!(assume(&world, after, GUEST).await.is_ok());
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_from_one_that_refuses() {
    let world = world_with(|settings| {
        settings.public_providers.insert("down.example".to_owned(), "app".to_owned());
    })
    .await;
    let logins = Logins::from([("down.example".to_owned(), world.token("down.example", &json!({})))]);

    assert!(matches!(world.get_id(&logins).await, Err(Error::ExternalService(_))));
}

#[tokio::test]
async fn line_104_a_rule_over_a_claim_that_users_write_raises_a_warning() {
    let world = world().await;
    let rule = |claim: &str| Rule {
        claim: claim.to_owned(),
        match_type: MatchType::Equals,
        value: "staff".to_owned(),
        role_arn: MEMBER.to_owned(),
    };
    let rules = |claims: [&str; 3]| RoleMapping {
        mapping_type: MappingType::Rules(claims.map(rule).to_vec()),
        ambiguous_role_resolution: AmbiguousRoleResolution::Deny,
    };
    let arn = "arn:aws:iam::123456789012:oidc-provider/login.example";
    let (own, outside) = (format!("{USER_POOL}:client"), arn.to_owned());
    let mappings = [
        (own.clone(), rules(["cognito:groups", "custom:department", "nickname"])),
        (outside.clone(), rules(["roles", "custom:department", "nickname"])),
    ];
    let roles = PoolRoles { mappings: mappings.into(), ..PoolRoles::default() };
    world.events.take();

    let warnings = world.pools.set_identity_pool_roles(&world.pool, roles).await.unwrap();

    let told: Vec<_> = warnings.iter().map(|w| (w.mapping.clone(), w.number, w.claim.as_str(), w.written)).collect();
    let expected = [(outside, 3, "nickname", Written::Probably), (own, 2, "custom:department", Written::Certainly)];
    assert_eq!(told, expected);
    assert_eq!(world.pools.role_warnings(&world.pool).await.unwrap(), warnings);
    assert!(warnings[1].to_string().ends_with("for the claim custom:department, which users may write themselves"));
    let told: Vec<_> = world.events.take().0.into_iter().map(|event| event.details.warnings).collect();
    assert_eq!(told, [warnings.into_iter().map(Warning::Role).collect::<Vec<_>>()], "whoever hears is told too");
}

#[tokio::test]
async fn a_refused_role_comes_with_every_step() {
    let world = world().await;
    world
        .roles(Some(RoleMapping {
            mapping_type: MappingType::Token,
            ambiguous_role_resolution: AmbiguousRoleResolution::Deny,
        }))
        .await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();

    let Err(Error::RoleDenied { mapping, trace }) = world.credentials(&ada, world.user("ada")).await else {
        panic!("no role must come of this")
    };

    assert_eq!(mapping, USER_POOL);
    assert_eq!(trace.last(), Some(&TraceStep::Denied));
    let explained = world.pools.explain_role(&world.pool, &world.user("ada"), None).await.unwrap();
    assert_eq!(explained.choice.trace, trace);
}

#[tokio::test]
async fn line_105_a_session_says_who_signed_in_how_and_why_it_has_its_role() {
    let world = world().await;
    let rule = |claim: &str, role: &str| Rule {
        claim: claim.to_owned(),
        match_type: MatchType::Equals,
        value: "staff".to_owned(),
        role_arn: role.to_owned(),
    };
    let rules = MappingType::Rules(vec![rule("team", GUEST), rule("department", STAFF)]);
    world
        .roles(Some(RoleMapping {
            mapping_type: rules,
            ambiguous_role_resolution: AmbiguousRoleResolution::AuthenticatedRole,
        }))
        .await;
    let login = |department: &str| {
        let claims =
            json!({"department": department, "auth_time": NOW - 60, "amr": ["pwd", "otp"], "origin_jti": "s-1"});
        Logins::from([(USER_POOL.to_owned(), world.token(USER_POOL, &claims))])
    };
    let ada = world.get_id(&login("staff")).await.unwrap();
    let mapping = format!("{USER_POOL}:client");

    let session = world.session(&ada, login("staff")).await;
    assert_eq!(session.role_arn, STAFF);
    assert_eq!(session.identity.unwrap().identity, ada.to_string());
    assert_eq!(session.chain.role, RoleReason::Rule { mapping: mapping.clone(), number: 2 });
    let record = LoginRecord {
        provider: USER_POOL.to_owned(),
        subject: "ada".to_owned(),
        client: "client".to_owned(),
        signed_in_at: Some(Timestamp::from_epoch_seconds(NOW - 60)),
        methods: vec!["pwd".to_owned(), "otp".to_owned()],
        sign_in: Some("s-1".to_owned()),
    };
    assert_eq!(session.chain.logins, [record]);

    let other = world.session(&ada, login("other")).await;
    assert_eq!((other.role_arn.as_str(), other.chain.role), (MEMBER, RoleReason::Otherwise { mapping }));
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let chain = world.session(&guest, Logins::new()).await.chain;
    assert_eq!(chain, AuditChain { logins: Vec::new(), role: RoleReason::Guest });
}

#[tokio::test]
async fn a_role_must_trust_the_pool_and_a_guests_rights_have_a_ceiling() {
    let world = world().await;
    world.roles(None).await;
    let trust = |pool: &str| {
        json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}}
        }})
        .to_string()
    };
    world.vending.create_role(CreateRole::named("guest", trust("another pool"))).await.unwrap();
    let guest = world.get_id(&Logins::new()).await.unwrap();
    assert!(matches!(world.credentials(&guest, Logins::new()).await, Err(Error::InvalidConfiguration)));

    world.vending.update_trust("guest", trust(world.pool.as_str())).await.unwrap();
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    world.vending.put_role_policy("guest", "all", everything.to_owned()).await.unwrap();
    let request = GetCredentials { identity: guest, logins: Logins::new(), custom_role: None };
    let keys = world.pools.get_credentials_for_identity(request).await.unwrap().credentials;
    let (caller, _) = world.vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await.unwrap();
    let allowed = async |action: &str| {
        world.vending.decide(&caller, action, "*", iam_policy::Context::new()).await.unwrap().is_allowed()
    };
    assert!(allowed("s3:GetObject").await);
    assert!(!allowed("iam:CreateRole").await, "beyond the guests' ceiling");
}

#[tokio::test]
async fn the_classic_flow_is_open_only_where_the_pool_says_so() {
    let world = world().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();

    let refused = world.pools.get_open_id_token(&guest, &Logins::new()).await.unwrap_err();

    assert_eq!(refused, Invalid::ClassicFlowClosed.into());
}

#[tokio::test]
async fn a_session_of_the_classic_flow_names_the_login_behind_it() {
    let world = world_with(|settings| settings.allow_classic = Some(true)).await;
    world.roles(None).await;
    let session = async |logins: &Logins, role: &str| {
        let identity = world.get_id(logins).await.unwrap();
        let (_, token) = world.pools.get_open_id_token(&identity, logins).await.unwrap();
        let request = AssumeRoleWithWebIdentity {
            role_arn: role.to_owned(),
            session_name: "s1".to_owned(),
            token,
            duration_seconds: 900,
            provider_id: None,
            session_policy: None,
            policy_arns: Vec::new(),
            minimum_token_size: 0,
        };
        world.pools.assume_role_with_web_identity(request).await.unwrap().assumed.session
    };

    let adas = session(&world.user("ada"), MEMBER).await;
    let guests = session(&Logins::new(), GUEST).await;

    let named: Vec<_> = adas.chain.logins.iter().map(|one| (one.provider.as_str(), one.subject.as_str())).collect();
    assert_eq!(named, [(USER_POOL, "ada")]);
    assert!(guests.chain.logins.is_empty());
}

#[tokio::test]
async fn a_pools_token_assumes_what_the_pool_names_for_such_callers_and_nothing_else() {
    let world = world_with(|settings| settings.allow_classic = Some(true)).await;
    world.roles(None).await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let (_, as_guest) = world.pools.get_open_id_token(&guest, &Logins::new()).await.unwrap();
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    let (_, as_ada) = world.pools.get_open_id_token(&ada, &world.user("ada")).await.unwrap();

    assert_eq!(
        assume(&world, as_guest.clone(), GUEST).await.unwrap().session_arn(),
        "arn:aws:sts::123456789012:assumed-role/guest/s1"
    );
    assert!(assume(&world, as_ada.clone(), MEMBER).await.is_ok());
    for (token, role) in [(&as_guest, MEMBER), (&as_ada, GUEST), (&as_ada, "arn:aws:iam::123456789012:role/other")] {
        let refused = assume(&world, token.clone(), role).await;
        assert!(matches!(refused, Err(Error::Vending(VendingError::AccessDenied))), "{role}: {refused:?}");
    }
    let mut forged = as_ada.expose().to_owned();
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    assert!(matches!(assume(&world, forged.into(), MEMBER).await, Err(Error::InvalidIdentityToken(_))));
    assert!(matches!(assume(&world, "opaque".into(), MEMBER).await, Err(Error::InvalidIdentityToken(_))));
    world.clock.advance_seconds(600);
    assert!(matches!(assume(&world, as_ada, MEMBER).await, Err(Error::TokenExpired)));
}

#[tokio::test]
async fn a_registered_providers_token_assumes_a_role_that_trusts_it() {
    let world = world().await;
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/login.example"},
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"login.example:sub": "robot"}}
    }});
    world.vending.create_role(CreateRole::named("robot", trust.to_string())).await.unwrap();
    let role = "arn:aws:iam::123456789012:role/robot";
    let token = |sub: &str| world.token(OIDC, &json!({"sub": sub, "aud": "web"}));

    assert!(assume(&world, token("robot"), role).await.is_ok());
    assert!(matches!(assume(&world, token("ada"), role).await, Err(Error::Vending(VendingError::AccessDenied))));
    let unregistered = world.token("evil.example", &json!({"aud": "web"}));
    assert!(matches!(assume(&world, unregistered, role).await, Err(Error::InvalidIdentityToken(_))));
    let another = world.token(OIDC, &json!({"sub": "robot", "aud": "other"}));
    assert!(matches!(assume(&world, another, role).await, Err(Error::InvalidIdentityToken(WebTokenProblem::Audience))));
}

#[tokio::test]
async fn a_deleted_identity_and_a_deleted_pool_are_gone() {
    let world = world().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    assert!(world.pools.delete_identities(std::slice::from_ref(&ada)).await.unwrap().is_empty());
    assert!(matches!(world.pools.describe_identity(&ada).await, Err(Error::NotFound(_))));
    assert_ne!(world.get_id(&world.user("ada")).await.unwrap(), ada);

    world.pools.delete_identity_pool(&world.pool).await.unwrap();
    assert!(matches!(world.get_id(&world.user("ada")).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn an_event_says_who_was_given_which_role_and_in_which_request() {
    let world = world().await;
    world.roles(None).await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    let context = RequestContext {
        source: Some([192, 0, 2, 7].into()),
        request_id: Some("r-1".to_owned()),
        ..RequestContext::default()
    };
    let handle = world.pools.for_request(context.clone());
    world.events.take();

    let request = GetCredentials { identity: ada.clone(), logins: world.user("ada"), custom_role: None };
    let vended = handle.get_credentials_for_identity(request).await.unwrap();

    let (pools, vending) = world.events.take();
    let ([told], [vended_by]) = (pools.as_slice(), vending.as_slice()) else { panic!("{pools:?} {vending:?}") };
    assert_eq!((told.action, &told.outcome), (Action::GetCredentials, &Outcome::Success));
    let details = &told.details;
    assert_eq!((details.pool.as_ref(), details.identity.as_ref()), (Some(&world.pool), Some(&ada)));
    assert_eq!(details.providers, [USER_POOL]);
    assert_eq!(details.role_arn.as_deref(), Some(MEMBER));
    assert_eq!(details.access_key_id.as_ref(), Some(&vended.credentials.access_key_id));
    assert_eq!(*told.context, context);
    assert_eq!(*vended_by.context, context, "what vends for this request knows of it too");
    let lines = format!("{told:?} {vended_by:?}");
    assert!(!lines.contains(vended.credentials.session_token.expose()) && !lines.contains("eyJ"), "no token: {lines}");
}

#[tokio::test]
async fn what_is_refused_is_told_with_its_code_and_as_far_as_it_came() {
    let world = world().await;
    let nobody = Logins::from([(USER_POOL.to_owned(), "no token".into())]);
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    let strange: IdentityId = "us-east-1:00000000-0000-0000-0000-000000000000".parse().unwrap();
    world.events.take();

    world.get_id(&nobody).await.unwrap_err();
    world.credentials(&ada, nobody.clone()).await.unwrap_err();
    world.credentials(&strange, nobody.clone()).await.unwrap_err();
    world.pools.get_open_id_token(&ada, &world.user("ada")).await.unwrap_err();
    assume(&world, "opaque".into(), MEMBER).await.unwrap_err();

    let told: Vec<(Action, Option<IdentityPoolId>, ErrorCode)> =
        world.events.take().0.into_iter().map(refused).collect();
    let pool = || Some(world.pool.clone());
    assert_eq!(
        told,
        [
            (Action::GetId, pool(), ErrorCode::NotAuthorized),
            (Action::GetCredentials, None, ErrorCode::NotAuthorized),
            (Action::GetCredentials, None, ErrorCode::ResourceNotFound),
            (Action::GetOpenIdToken, pool(), ErrorCode::InvalidParameter),
            (Action::AssumeRoleWithWebIdentity, None, ErrorCode::InvalidIdentityToken),
        ]
    );
}

fn refused(event: Event) -> (Action, Option<IdentityPoolId>, ErrorCode) {
    let Outcome::Refused(code, _) = event.outcome else { panic!("not refused: {event:?}") };
    (event.action, event.details.pool, code)
}

#[tokio::test]
async fn every_change_of_a_pool_is_told_once_and_reading_is_not() {
    let world = world().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    world.events.take();

    let settings = world.pools.describe_identity_pool(&world.pool).await.unwrap().settings;
    world.pools.update_identity_pool(&world.pool, settings).await.unwrap();
    world.roles(None).await;
    world.pools.rotate_signing_key(&world.pool, Rotation::AtOnce).await.unwrap();
    world.pools.delete_identities(&[ada]).await.unwrap();
    world.pools.delete_identity_pool(&world.pool).await.unwrap();

    let told: Vec<Action> = world.events.take().0.iter().map(|event| event.action).collect();
    assert_eq!(
        told,
        [
            Action::UpdatePool,
            Action::SetPoolRoles,
            Action::RotateSigningKey,
            Action::DeleteIdentity,
            Action::DeletePool,
        ]
    );
}
