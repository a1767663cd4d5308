//! The stored bytes of each kind of record: those of each release stay readable, and none changes unnoticed.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use document_store::page::PageRequest;
use identity_federation::model::identity::{Identity, Login};
use identity_federation::model::ids::IdentityPoolId;
use identity_federation::model::pool::{IdentityPool, IdentityPoolSettings, PoolRoles, UserPoolProvider};
use identity_federation::model::principal_tags::PrincipalTagMap;
use identity_federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};
use identity_federation::storage::{IdentityWrite, KeyWrite, PoolWrite};
use identity_federation::{DocumentFederation, FederationStorage};
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};
use storage_memory::MemoryStore;
use test_support::stored;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

fn pool_id() -> IdentityPoolId {
    "eu-west-1:00000000-0000-4000-9000-000000000001".parse().unwrap()
}

fn settings() -> IdentityPoolSettings {
    IdentityPoolSettings {
        name: "people".to_owned(),
        allow_guests: true,
        allow_classic: Some(false),
        public_providers: BTreeMap::from([("accounts.google.com".to_owned(), "app".to_owned())]),
        developer_provider: Some("login.example".to_owned()),
        oidc_provider_arns: vec!["arn:aws:iam::123456789012:oidc-provider/idp.example".to_owned()],
        user_pools: vec![UserPoolProvider {
            provider_name: "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Stored123".to_owned(),
            client_id: "client1".to_owned(),
            server_side_check: Some(true),
        }],
        saml_provider_arns: vec!["arn:aws:iam::123456789012:saml-provider/idp".to_owned()],
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
    }
}

/// One mapping of each kind, with a rule of each kind.
fn mappings() -> BTreeMap<String, RoleMapping> {
    let rule = |match_type| Rule {
        claim: "department".to_owned(),
        match_type,
        value: "research".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/research".to_owned(),
    };
    let rules = [MatchType::Equals, MatchType::Contains, MatchType::StartsWith, MatchType::NotEqual].map(rule);
    let mapping = |mapping_type, ambiguous_role_resolution| RoleMapping { mapping_type, ambiguous_role_resolution };
    BTreeMap::from([
        ("one".to_owned(), mapping(MappingType::Token, AmbiguousRoleResolution::AuthenticatedRole)),
        ("two".to_owned(), mapping(MappingType::Rules(rules.to_vec()), AmbiguousRoleResolution::Deny)),
    ])
}

fn pool() -> IdentityPool {
    let role = |name: &str| Some(format!("arn:aws:iam::123456789012:role/{name}"));
    let roles = PoolRoles { authenticated: role("member"), unauthenticated: role("guest"), mappings: mappings() };
    let principal_tags = BTreeMap::from([
        ("accounts.google.com".to_owned(), PrincipalTagMap { use_defaults: true, claims: BTreeMap::new() }),
        (
            "idp.example".to_owned(),
            PrincipalTagMap {
                use_defaults: false,
                claims: BTreeMap::from([("team".to_owned(), "department".to_owned())]),
            },
        ),
    ]);
    IdentityPool { id: pool_id(), settings: settings(), roles, principal_tags, created_at: AT }
}

fn identity() -> Identity {
    let login = |provider: &str| Login { provider: provider.to_owned(), subject: "ada".to_owned() };
    Identity {
        id: "eu-west-1:00000000-0000-4000-8000-000000000001".parse().unwrap(),
        pool: pool_id(),
        logins: BTreeSet::from([login("idp.example"), login("accounts.google.com")]),
        created_at: AT,
        modified_at: AT.plus_seconds(1),
        signed_in_at: Some(AT.plus_seconds(2)),
        merged_into: Some("eu-west-1:00000000-0000-4000-8000-000000000002".parse().unwrap()),
    }
}

fn key() -> SealedKey {
    SealedKey {
        kid: "key-1".to_owned(),
        algorithm: Algorithm::Es256,
        usage: KeyUse::EveryToken,
        sealed_pkcs8: vec![0, 128, 255],
        created_at: AT,
        signs_from: AT.plus_seconds(1),
        retires_at: Some(AT.plus_seconds(2)),
    }
}

#[tokio::test]
async fn what_is_stored_today_is_what_the_newest_version_stored() {
    let store = Arc::new(MemoryStore::new());
    let storage = DocumentFederation::new(Arc::clone(&store));
    let writes = vec![
        PoolWrite::Insert { pool: pool() }.into(),
        KeyWrite::Put { pool: pool_id(), key: key() }.into(),
        IdentityWrite::Insert { identity: identity() }.into(),
    ];
    storage.commit(writes).await.unwrap();

    stored::hold(FOLDER, &store).await;
}

#[tokio::test]
async fn what_every_version_stored_is_read() {
    for store in stored::of_every_version(FOLDER, MemoryStore::new).await {
        let storage = DocumentFederation::new(store);

        assert_eq!(storage.pools().get(&pool_id()).await.unwrap().unwrap().record, pool());
        assert_eq!(storage.pools().list(&PageRequest::default()).await.unwrap().items.len(), 1);
        let keys = storage.pools().keys(&pool_id()).await.unwrap();
        assert_eq!(keys.into_iter().map(|key| key.record).collect::<Vec<_>>(), [key()]);
        assert_eq!(storage.identities().get(&identity().id).await.unwrap().unwrap().record, identity());
        for login in &identity().logins {
            let found = storage.identities().of_logins(&pool_id(), &[login]).await.unwrap();
            assert_eq!(found.into_iter().map(|found| found.record).collect::<Vec<_>>(), [identity()]);
        }
    }
}
