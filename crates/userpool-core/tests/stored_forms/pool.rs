//! Pools, what belongs to one as a whole, and what belongs to all.

use std::collections::{BTreeMap, BTreeSet};

use document_store::page::PageRequest;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};
use userpool_core::model::acr::{AcrSettings, Level};
use userpool_core::model::case_change::{CaseChange, CasePhase};
use userpool_core::model::client::{
    AllowedFlow, AppClient, ClientSettings, Rotation, SealedSecret, TimeUnit, UnlistedAttributes, Validity,
};
use userpool_core::model::device::DeviceSettings;
use userpool_core::model::domain::{OwnDomain, PoolDomain};
use userpool_core::model::factors::{FirstFactor, FirstFactorSettings, MfaMode, MfaSettings, SecondFactor};
use userpool_core::model::history::{HistorySettings, Phase, PoolHistory, UnderWay};
use userpool_core::model::identity_provider::{IdentityProvider, ProviderKind};
use userpool_core::model::limits::ProvisionedRates;
use userpool_core::model::links::LinkTexts;
use userpool_core::model::message_limits::MessageLimits;
use userpool_core::model::notices::{Notice, NoticeText};
use userpool_core::model::oauth::{CodeRules, OAuthFlow, OAuthSettings};
use userpool_core::model::passkeys::{PasskeyFactor, PasskeySettings};
use userpool_core::model::password::PasswordPolicy;
use userpool_core::model::pool::{
    AccountRules, Alias, Contact, Invalidation, MessageTexts, PoolSettings, SignInNames, UserPool,
};
use userpool_core::model::recovery::{RecoveryMechanism, RecoverySettings};
use userpool_core::model::resource_server::{ResourceScope, ResourceServer};
use userpool_core::model::risk::{
    AccountTakeover, AddressLists, CompromisedCredentials, CredentialEvent, LogDelivery, LogDestination, LogSource,
    MailText, NotifyTexts, PoolProtection, ProtectionMode, ProtectionSettings, RiskAction, RiskConfiguration,
    TakeoverAction,
};
use userpool_core::model::session_tracking::SessionTracking;
use userpool_core::model::terms::{Terms, TermsName};
use userpool_core::model::triggers::{LambdaSettings, TokenEventVersion, Trigger};
use userpool_core::storage::{
    ClientWrite, DomainWrite, IdentityProviderWrite, KeyWrite, PoolWrite, ProtectionWrite, ResourceServerWrite,
    TermsWrite, UserPoolStorage, Write,
};

use crate::{AT, pool_id, restoration_id};

pub(crate) fn pool() -> UserPool {
    UserPool {
        id: pool_id(),
        name: "people".to_owned(),
        settings: PoolSettings {
            password_policy: PasswordPolicy::HARDENED,
            account_rules: AccountRules::HARDENED,
            protection: ProtectionSettings {
                mode: ProtectionMode::Enforced,
                custom_auth_mode: Some(ProtectionMode::Audit),
            },
            recovery: RecoverySettings { mechanisms: vec![RecoveryMechanism::Verified(Contact::Email)] },
            history: HistorySettings { days: 14 },
            auto_verified: BTreeSet::from([Contact::Email]),
            admin_create_only: true,
            messages: MessageTexts {
                verification_subject: Some("Ünï".to_owned()),
                by_link: LinkTexts { enabled: true, subject: Some("s".to_owned()), body: Some("{##b##}".to_owned()) },
                ..MessageTexts::default()
            },
            mfa: MfaSettings {
                mode: MfaMode::Optional,
                kinds: BTreeSet::from([SecondFactor::SoftwareToken, SecondFactor::Email]),
                sms_message: Some("{####}".to_owned()),
                email_subject: Some("code".to_owned()),
                email_message: Some("it is {####}".to_owned()),
            },
            first_factors: FirstFactorSettings {
                allowed: BTreeSet::from([FirstFactor::Password, FirstFactor::EmailCode]),
            },
            lambda: LambdaSettings {
                functions: BTreeMap::from([(
                    Trigger::PreSignUp,
                    "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
                )]),
                token_event: TokenEventVersion::V2,
                key: Some("arn:aws:kms:us-east-1:123456789012:key/k".to_owned()),
            },
            passkeys: PasskeySettings {
                relying_party: Some("example.com".parse().unwrap()),
                verification_required: true,
                factor: PasskeyFactor::MultiWhenVerified,
            },
            acr: AcrSettings { names: [(Level::Four, "gold".to_owned())].into() },
            deletion_protected: true,
            devices: Some(DeviceSettings { stands_for_second_factor: true, remembered_on_prompt: false }),
            tags: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
            passthrough: BTreeMap::from([("LambdaConfig".to_owned(), "{}".to_owned())]),
        },
        sign_in_names: SignInNames::UsernameOr(BTreeSet::from([Alias::Email])),
        case_sensitive: false,
        case_change: Some(CaseChange {
            page: Some("p".to_owned()),
            users: 7,
            taken: 1,
            ..CaseChange::begin(CasePhase::Claiming, AT)
        }),
        schema: Vec::new(),
        algorithm: Algorithm::Es256,
        session_tracking: SessionTracking { enabled: true, max_per_user: 7 },
        invalidations: vec![Invalidation { id: 7, since: AT }],
        protection: PoolProtection { risk: Some(Box::new(risk())), logs: logs() },
        notice_texts: Notice::ALL.map(|notice| (notice, notice_text())).into(),
        message_limits: Some(MessageLimits { mails_a_day: Some(5), texts_a_day: Some(6), texts_a_month: Some(7) }),
        history: kept_history(),
        created_at: AT,
        modified_at: AT,
        deleted_at: None,
    }
}

fn risk() -> RiskConfiguration {
    let text = || MailText { subject: "s".to_owned(), html: Some("<p>".to_owned()), text: Some("t".to_owned()) };
    RiskConfiguration {
        compromised: Some(CompromisedCredentials { events: BTreeSet::from(CredentialEvent::ALL), block: true }),
        takeover: Some(AccountTakeover {
            low: None,
            medium: Some(TakeoverAction { action: RiskAction::MfaRequired, notify: true }),
            high: Some(TakeoverAction { action: RiskAction::Block, notify: false }),
            notify: Some(NotifyTexts {
                from: Some("f".to_owned()),
                reply_to: Some("r".to_owned()),
                source_arn: "arn".to_owned(),
                block: Some(text()),
                no_action: None,
                mfa: Some(text()),
            }),
        }),
        exceptions: AddressLists {
            blocked: vec!["192.0.2.0/24".parse().unwrap()],
            skipped: vec!["2001:db8::/32".parse().unwrap()],
        },
        modified_at: AT,
    }
}

fn logs() -> Vec<LogDelivery> {
    let destination = Some(LogDestination::LogGroup("arn".to_owned()));
    vec![LogDelivery { source: LogSource::UserAuthEvents, destination }]
}

fn notice_text() -> NoticeText {
    NoticeText { subject: "s".to_owned(), body: "a body".to_owned() }
}

fn kept_history() -> PoolHistory {
    let restoration = Some(UnderWay { id: restoration_id(), phase: Phase::Waiting(AT) });
    PoolHistory { since: Some(AT), left: true, restoration }
}

fn key() -> SealedKey {
    SealedKey {
        kid: "key-1".to_owned(),
        algorithm: Algorithm::Es256,
        usage: KeyUse::IdTokens,
        sealed_pkcs8: vec![9, 0, 9],
        created_at: AT,
        signs_from: AT,
        retires_at: None,
    }
}

pub(crate) fn client() -> AppClient {
    let validity = Validity { value: 1, unit: TimeUnit::Hours };
    AppClient {
        id: "client1".parse().unwrap(),
        pool: pool_id(),
        secrets: vec![SealedSecret { id: "client1--1".to_owned(), sealed: vec![0, 127, 255], created_at: AT }],
        settings: ClientSettings {
            name: "app".to_owned(),
            explicit_auth_flows: BTreeSet::from([AllowedFlow::UserPassword, AllowedFlow::RefreshToken]),
            read_attributes: Some(BTreeSet::from(["email".to_owned()])),
            write_attributes: None,
            unlisted_attributes: UnlistedAttributes::Standard,
            access_token: validity,
            id_token: validity,
            refresh_token: validity,
            rotation: Some(Rotation { grace_seconds: 10 }),
            revocation: true,
            prevent_user_existence_errors: true,
            challenge_minutes: 3,
            oauth: OAuthSettings {
                enabled: true,
                flows: OAuthFlow::ALL.into(),
                redirect_uris: vec!["https://app.example/cb".parse().unwrap()],
                logout_uris: vec!["https://app.example/out".parse().unwrap()],
                providers: vec!["COGNITO".parse().unwrap(), "Corporate".parse().unwrap()],
                default_redirect_uri: Some("https://app.example/cb".parse().unwrap()),
                codes: CodeRules { challenge_required: true, seconds: 61 },
                scopes: vec!["openid".parse().unwrap(), "https://api.example/v1/read".parse().unwrap()],
            },
            passthrough: BTreeMap::new(),
        },
        risk: Some(Box::new(risk())),
        sso_minutes: 61,
        created_at: AT,
        modified_at: AT,
    }
}

fn resource_server() -> ResourceServer {
    ResourceServer {
        pool: pool_id(),
        id: "https://api.example/v1".parse().unwrap(),
        name: "Orders".to_owned(),
        scopes: vec![ResourceScope { name: "read".parse().unwrap(), description: "Reads orders".to_owned() }],
        created_at: AT,
        modified_at: AT,
    }
}

fn terms() -> Terms {
    Terms {
        pool: pool_id(),
        id: "89abcdef-0123-4567-89ab-cdef01234567".parse().unwrap(),
        client: client().id,
        name: TermsName::PrivacyPolicy,
        links: BTreeMap::from([("cognito:default".to_owned(), "https://example.com/privacy".to_owned())]),
        created_at: AT,
        modified_at: AT,
    }
}

fn identity_provider() -> IdentityProvider {
    let map = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    IdentityProvider {
        pool: pool_id(),
        name: "Corporate".parse().unwrap(),
        kind: ProviderKind::Oidc,
        details: map("oidc_issuer", "https://op.example"),
        secrets: BTreeMap::from([("client_secret".to_owned(), vec![0, 128, 255])]),
        mapping: map("email", "mail"),
        identifiers: vec!["example.com".parse().unwrap()],
        levels: BTreeMap::from([(Level::Two, "silver".to_owned())]),
        created_at: AT,
        modified_at: AT,
    }
}

fn domain() -> PoolDomain {
    PoolDomain {
        pool: pool_id(),
        name: "login.example.com".parse().unwrap(),
        own: Some(OwnDomain { certificate_arn: "arn".to_owned(), security_policy: Some("TLS_V1_3_2025".to_owned()) }),
        managed_login_version: 2,
        created_at: AT,
        modified_at: AT,
    }
}

fn rates() -> ProvisionedRates {
    ProvisionedRates { rates: BTreeMap::from([("UserRead".to_owned(), 240)]) }
}

/// Of a pool, its keys, clients, resource servers and outside providers, and of the rates that every pool shares.
pub(crate) fn writes() -> Vec<Write> {
    vec![
        PoolWrite::Insert { pool: pool() }.into(),
        KeyWrite::Put { pool: pool_id(), key: key() }.into(),
        ClientWrite::Insert { client: client() }.into(),
        ResourceServerWrite::Insert { server: resource_server() }.into(),
        IdentityProviderWrite::Insert { provider: identity_provider() }.into(),
        TermsWrite::Insert { terms: terms() }.into(),
        DomainWrite::Insert { domain: domain() }.into(),
        ProtectionWrite::SetRates { before: None, after: rates() }.into(),
    ]
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let (found, in_pool) = storage.clients().with_pool(&client().id).await.unwrap().unwrap();
    assert_eq!((found.record, in_pool.record), (client(), pool()));
    assert_eq!(storage.pools().list(&PageRequest::default()).await.unwrap().items.len(), 1);
    assert_eq!(storage.pools().keys(&pool_id()).await.unwrap(), [key()]);
    let servers = storage.resource_servers().list(&pool_id(), &PageRequest::default()).await.unwrap();
    assert_eq!(servers.items[0].record, resource_server());
    let provider = storage.identity_providers().identified(&pool_id(), &"Example.COM".parse().unwrap()).await.unwrap();
    assert_eq!(provider.unwrap().record, identity_provider());
    let (found, of_pool) = storage.domains().with_pool(&domain().name).await.unwrap().unwrap();
    assert_eq!((found.record, of_pool.record), (domain(), pool()));
    let found = storage.terms().of_client(&pool_id(), &client().id, TermsName::PrivacyPolicy).await.unwrap();
    assert_eq!(found.unwrap().record, terms());
    assert_eq!(storage.protections().rates().await.unwrap().unwrap().record, rates());
}
