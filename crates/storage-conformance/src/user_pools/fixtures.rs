//! What the rules put into a storage, and how they read it.

use std::collections::{BTreeMap, BTreeSet};

use document_store::Versioned;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};
use userpool_core::UserPoolStorage;
use userpool_core::model::acr::AcrSettings;
use userpool_core::model::acr::Level;
use userpool_core::model::cleanup::{Cleanup, CleanupTask};
use userpool_core::model::client::{AppClient, ClientSettings, SealedSecret, TimeUnit, UnlistedAttributes, Validity};
use userpool_core::model::code::{Code, CodePurpose};
use userpool_core::model::factors::{FirstFactorSettings, MfaSettings};
use userpool_core::model::group::Group;
use userpool_core::model::history::{HistorySettings, PoolHistory};
use userpool_core::model::identity_provider::{IdentityProvider, ProviderKind};
use userpool_core::model::ids::{ClientId, GroupId, Subject, UserPoolId};
use userpool_core::model::login::{Login, LoginKey};
use userpool_core::model::oauth::OAuthSettings;
use userpool_core::model::passkeys::{Passkey, PasskeySettings, UserPasskeys};
use userpool_core::model::password::PasswordPolicy;
use userpool_core::model::pool::{
    AccountRules, Contact, InvalidationMark, MessageTexts, PoolSettings, SignInNames, UserPool,
};
use userpool_core::model::recovery::RecoverySettings;
use userpool_core::model::resource_server::{ResourceScope, ResourceServer};
use userpool_core::model::risk::{PoolProtection, ProtectionSettings};
use userpool_core::model::session::{Grant, Session};
use userpool_core::model::session_tracking::SessionTracking;
use userpool_core::model::terms::{DEFAULT_LANGUAGE, Terms, TermsName};
use userpool_core::model::triggers::LambdaSettings;
use userpool_core::model::user::{Credential, NameKind, User, UserStatus};
use userpool_core::storage::{PasswordWrite, Search, UserWrite};

use crate::macros::{commit, walk};

pub(super) const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

pub(super) fn pool_id() -> UserPoolId {
    "us-east-1_Conform1".parse().unwrap()
}

pub(super) fn other_pool() -> UserPoolId {
    "us-east-1_Conform10".parse().unwrap()
}

pub(super) fn pool(id: &str) -> UserPool {
    UserPool {
        id: id.parse().unwrap(),
        name: "people".to_owned(),
        settings: PoolSettings {
            password_policy: PasswordPolicy::HARDENED,
            protection: ProtectionSettings::default(),
            recovery: RecoverySettings::default(),
            history: HistorySettings::default(),
            auto_verified: BTreeSet::new(),
            admin_create_only: false,
            messages: MessageTexts::default(),
            lambda: LambdaSettings::default(),
            account_rules: AccountRules::HARDENED,
            mfa: MfaSettings::default(),
            first_factors: FirstFactorSettings::default(),
            passkeys: PasskeySettings::default(),
            acr: AcrSettings::default(),
            deletion_protected: false,
            devices: None,
            tags: BTreeMap::new(),
            passthrough: BTreeMap::new(),
        },
        sign_in_names: SignInNames::Username,
        case_sensitive: false,
        case_change: None,
        schema: Vec::new(),
        algorithm: Algorithm::Es256,
        session_tracking: SessionTracking::default(),
        invalidations: Vec::new(),
        protection: PoolProtection::default(),
        notice_texts: std::collections::BTreeMap::new(),
        message_limits: None,
        history: PoolHistory::default(),
        created_at: AT,
        modified_at: AT,
        deleted_at: None,
    }
}

pub(super) fn subject(number: u32) -> Subject {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

/// A user called `name`, with an address of that name.
pub(super) fn user(number: u32, name: &str) -> User {
    let email = format!("{name}@example.com");
    User {
        pool: pool_id(),
        sub: subject(number),
        username: name.parse().unwrap(),
        names: BTreeMap::from([(NameKind::Username, name.to_owned()), (NameKind::Email, email.clone())]),
        attributes: BTreeMap::from([("email".to_owned(), email), ("sub".to_owned(), subject(number).to_string())]),
        pending: BTreeMap::new(),
        status: UserStatus::Confirmed,
        enabled: true,
        memberships: BTreeMap::new(),
        logins: Vec::new(),
        epoch: 0,
        created_at: AT,
        modified_at: AT,
    }
}

pub(super) fn client(id: &str) -> AppClient {
    let hour = Validity { value: 1, unit: TimeUnit::Hours };
    AppClient {
        id: id.parse().unwrap(),
        pool: pool_id(),
        secrets: vec![SealedSecret { id: "client1--1".to_owned(), sealed: vec![0, 127, 255], created_at: AT }],
        settings: ClientSettings {
            name: "app".to_owned(),
            explicit_auth_flows: BTreeSet::new(),
            read_attributes: None,
            write_attributes: None,
            unlisted_attributes: UnlistedAttributes::All,
            access_token: hour,
            id_token: hour,
            refresh_token: hour,
            rotation: None,
            revocation: true,
            prevent_user_existence_errors: true,
            challenge_minutes: 3,
            oauth: OAuthSettings::default(),
            passthrough: BTreeMap::new(),
        },
        risk: None,
        sso_minutes: 60,
        created_at: AT,
        modified_at: AT,
    }
}

pub(super) fn group_id(number: u32) -> GroupId {
    format!("00000000-0000-4000-9000-{number:012x}").parse().unwrap()
}

pub(super) fn group(name: &str) -> Group {
    Group {
        pool: pool_id(),
        id: group_id(1),
        name: name.parse().unwrap(),
        description: None,
        role_arn: None,
        precedence: None,
        created_at: AT,
        modified_at: AT,
    }
}

pub(super) fn terms(number: u32, client: &str, name: TermsName) -> Terms {
    let link = "https://example.com/terms".to_owned();
    Terms {
        pool: pool_id(),
        id: subject(number).as_str().parse().unwrap(),
        client: client.parse().unwrap(),
        name,
        links: BTreeMap::from([(DEFAULT_LANGUAGE.to_owned(), link)]),
        created_at: AT,
        modified_at: AT,
    }
}

/// The login of whoever a provider says is this.
pub(super) fn login(value: &str) -> Login {
    Login {
        key: LoginKey::subject("Corporate".parse().unwrap(), value),
        kind: ProviderKind::Oidc,
        issuer: Some("https://op.example".to_owned()),
        primary: false,
        created_at: AT,
    }
}

pub(super) fn identity_provider(name: &str, identifiers: &[&str]) -> IdentityProvider {
    IdentityProvider {
        pool: pool_id(),
        name: name.parse().unwrap(),
        kind: ProviderKind::Oidc,
        details: BTreeMap::from([("oidc_issuer".to_owned(), "https://op.example".to_owned())]),
        secrets: BTreeMap::from([("client_secret".to_owned(), vec![0, 128, 255])]),
        mapping: BTreeMap::from([("username".to_owned(), "sub".to_owned())]),
        identifiers: identifiers.iter().map(|identifier| identifier.parse().unwrap()).collect(),
        levels: BTreeMap::from([(Level::Two, "silver".to_owned())]),
        created_at: AT,
        modified_at: AT,
    }
}

pub(super) fn resource_server(id: &str) -> ResourceServer {
    let scope = |name: &str| ResourceScope { name: name.parse().unwrap(), description: format!("may {name}") };
    ResourceServer {
        pool: pool_id(),
        id: id.parse().unwrap(),
        name: "Orders".to_owned(),
        scopes: vec![scope("write"), scope("read")],
        created_at: AT,
        modified_at: AT,
    }
}

pub(super) fn session(id: &str, number: u32) -> Session {
    Session {
        pool: pool_id(),
        id: id.to_owned(),
        sub: subject(number),
        client: "client1".parse().unwrap(),
        epoch: 0,
        mark: InvalidationMark::default(),
        auth_time: AT,
        event_id: "event".to_owned(),
        grant: Grant { scopes: vec!["openid".to_owned()], nonce: Some("n".to_owned()), ..Grant::default() },
        expires_at: AT.plus_seconds(3600),
        refresh_seed: "seed".to_owned(),
        generation: 0,
        rotated_at: None,
        revoked_at: None,
        device_offered: false,
        device: None,
        activity: None,
    }
}

pub(super) fn code(number: u32, purpose: CodePurpose, hash: u8) -> Code {
    Code {
        pool: pool_id(),
        sub: subject(number),
        purpose,
        contact: Contact::Email,
        address: "ada@example.com".to_owned(),
        hash: vec![hash],
        mark: InvalidationMark::default(),
        requested_from: None,
        created_at: AT,
        expires_at: AT.plus_seconds(3600),
    }
}

pub(super) fn password(hash: &str) -> Credential {
    Credential {
        hash: hash.to_owned(),
        srp_salt: "5a17".to_owned(),
        sealed_verifier: vec![0, 128, 255],
        srp_name: "ada".to_owned(),
        expires_at: Some(AT),
        history: vec!["$before".to_owned()],
    }
}

pub(super) fn put_password(number: u32, hash: &str) -> PasswordWrite {
    PasswordWrite::Put { pool: pool_id(), sub: subject(number), password: password(hash) }
}

pub(super) fn key(kid: &str, byte: u8) -> SealedKey {
    SealedKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::Es256,
        usage: KeyUse::IdTokens,
        sealed_pkcs8: vec![byte],
        created_at: AT,
        signs_from: AT,
        retires_at: Some(AT.plus_seconds(1)),
    }
}

pub(super) async fn insert(storage: &dyn UserPoolStorage, number: u32, name: &str) -> Versioned<User> {
    insert_user(storage, user(number, name)).await
}

pub(super) async fn insert_user(storage: &dyn UserPoolStorage, user: User) -> Versioned<User> {
    let (pool, sub) = (user.pool.clone(), user.sub.clone());
    commit!(storage, UserWrite::Insert { user }).unwrap();
    storage.users().get(&pool, &sub).await.unwrap().unwrap()
}

pub(super) async fn read_pool(storage: &dyn UserPoolStorage) -> Versioned<UserPool> {
    storage.pools().get(&pool_id()).await.unwrap().unwrap()
}

pub(super) async fn pool_of(storage: &dyn UserPoolStorage, id: &ClientId) -> Option<(AppClient, UserPool)> {
    let found = storage.clients().with_pool(id).await.unwrap();
    found.map(|(client, pool)| (client.record, pool.record))
}

pub(super) async fn read_password(storage: &dyn UserPoolStorage, number: u32) -> Option<Versioned<Credential>> {
    storage.passwords().get(&pool_id(), &subject(number)).await.unwrap()
}

pub(super) fn cleanup(group: u32) -> Cleanup {
    Cleanup { pool: pool_id(), task: CleanupTask::Members(group_id(group)) }
}

pub(super) async fn cleanups(storage: &dyn UserPoolStorage) -> Vec<Cleanup> {
    let found: Vec<Versioned<Cleanup>> = walk!(|page| storage.cleanups().of_pool(&pool_id(), &page));
    found.into_iter().map(|cleanup| cleanup.record).collect()
}

pub(super) async fn read_cleanup(storage: &dyn UserPoolStorage, wanted: &Cleanup) -> Versioned<Cleanup> {
    let found: Vec<Versioned<Cleanup>> = walk!(|page| storage.cleanups().of_pool(&wanted.pool, &page));
    found.into_iter().find(|cleanup| cleanup.record == *wanted).unwrap()
}

pub(super) async fn read_group(storage: &dyn UserPoolStorage, name: &str) -> Option<Versioned<Group>> {
    storage.groups().get(&pool_id(), &name.parse().unwrap()).await.unwrap()
}

pub(super) async fn read_identity_provider(
    storage: &dyn UserPoolStorage,
    name: &str,
) -> Option<Versioned<IdentityProvider>> {
    storage.identity_providers().get(&pool_id(), &name.parse().unwrap()).await.unwrap()
}

pub(super) async fn read_resource_server(storage: &dyn UserPoolStorage, id: &str) -> Option<Versioned<ResourceServer>> {
    storage.resource_servers().get(&pool_id(), &id.parse().unwrap()).await.unwrap()
}

pub(super) async fn read_session(storage: &dyn UserPoolStorage, id: &str) -> Option<Versioned<Session>> {
    storage.sessions().get(&pool_id(), id).await.unwrap()
}

pub(super) async fn sessions_of(storage: &dyn UserPoolStorage, number: u32) -> Vec<String> {
    let found = walk!(|page| storage.sessions().of_user(&pool_id(), &subject(number), &page));
    found.into_iter().map(|session| session.record.id).collect()
}

pub(super) async fn found(storage: &dyn UserPoolStorage, attribute: &str, value: &str, prefix: bool) -> Vec<String> {
    let search = Search { attribute: attribute.to_owned(), value: value.to_owned(), prefix };
    names(walk!(|page| storage.users().search(&pool_id(), &search, &page)))
}

pub(super) fn names(users: Vec<Versioned<User>>) -> Vec<String> {
    users.into_iter().map(|user| user.record.username.to_string()).collect()
}

pub(super) async fn members(storage: &dyn UserPoolStorage, group: u32) -> Vec<String> {
    names(walk!(|page| storage.users().members(&pool_id(), &group_id(group), &page)))
}

/// A user's passkeys of these ids.
pub(super) fn passkeys(number: u32, ids: &[&str]) -> UserPasskeys {
    let passkey = |id: &&str| Passkey {
        id: (*id).to_owned(),
        public_key: vec![0xa5, 0, 0xff],
        relying_party: "example.com".to_owned(),
        name: format!("Passkey {id}"),
        transports: vec!["usb".to_owned()],
        attachment: Some("cross-platform".to_owned()),
        aaguid: "00".repeat(16),
        sign_count: u32::MAX,
        backup_eligible: true,
        backed_up: true,
        created_at: AT,
        last_used_at: Some(AT),
    };
    UserPasskeys { pool: pool_id(), sub: subject(number), list: ids.iter().map(passkey).collect() }
}

pub(super) async fn read_passkeys(storage: &dyn UserPoolStorage, number: u32) -> Option<Versioned<UserPasskeys>> {
    storage.passkeys().of_user(&pool_id(), &subject(number)).await.unwrap()
}
