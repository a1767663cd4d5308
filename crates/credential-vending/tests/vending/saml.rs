//! SAML identity providers, and roles that are assumed with their responses.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use credential_vending::model::saml::SamlService;
use credential_vending::ops::assume_with_saml::{AssumeRoleWithSaml, SamlSession};
use credential_vending::ops::roles::CreateRole;
use credential_vending::ops::saml_logins::SamlError;
use credential_vending::{Error, Invalid, Kind};
use document_store::page::PageRequest;
use identity_kernel::offload::{Busy, Offload, Work};
use identity_kernel::time::Clock as _;
use saml_verify::Refused;
use test_support::saml::{Facts, IdentityProvider};

use crate::world::{World, world, world_with};

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/corp";
const ROLE: &str = "arn:aws:iam::123456789012:role/staff";
const RECIPIENT: &str = "http://localhost/saml";
const ATTRIBUTE: &str = "https://aws.amazon.com/SAML/Attributes/";

struct Corp {
    world: World,
    idp: IdentityProvider,
}

fn trust(actions: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},
            "Action":{actions},"Condition":{{"StringEquals":{condition}}}}}]}}"#
    )
}

const ASSUME: &str = r#""sts:AssumeRoleWithSAML""#;
const EVERYTHING: &str = r#"["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"]"#;

async fn corp(actions: &str, condition: &str) -> Corp {
    corp_in(world().await, actions, condition).await
}

async fn corp_in(world: World, actions: &str, condition: &str) -> Corp {
    let idp = IdentityProvider::new("https://idp.example");
    world.vending.create_saml_provider("corp", idp.metadata(""), BTreeMap::new()).await.unwrap();
    world.vending.create_role(CreateRole::named("staff", trust(actions, condition))).await.unwrap();
    Corp { world, idp }
}

impl Corp {
    fn facts(&self, id: &str) -> Facts {
        Facts::of("ada", RECIPIENT, self.world.clock.now())
            .with_id(id)
            .with(&format!("{ATTRIBUTE}Role"), &[&format!("{PROVIDER}, {ROLE}"), "x,y"])
            .with(&format!("{ATTRIBUTE}RoleSessionName"), &["ada@corp"])
    }

    async fn assume(&self, facts: &Facts) -> Result<SamlSession, SamlError> {
        self.present(self.idp.respond_in_base64(facts), ROLE, 3600).await
    }

    async fn present(&self, response: String, role: &str, seconds: i64) -> Result<SamlSession, SamlError> {
        let request = AssumeRoleWithSaml {
            role_arn: role.to_owned(),
            provider_arn: PROVIDER.to_owned(),
            response,
            duration_seconds: seconds,
            session_policy: None,
            policy_arns: Vec::new(),
        };
        self.world.vending.assume_role_with_saml(request).await
    }
}

#[tokio::test]
async fn a_saml_provider_is_registered_once_found_listed_changed_and_removed() {
    let Corp { world, idp } = corp(ASSUME, r#"{"saml:aud":"x"}"#).await;
    let vending = &world.vending;
    let other = IdentityProvider::new("https://other.example").metadata(" use=\"signing\"");

    let again = vending.create_saml_provider("corp", idp.metadata(""), BTreeMap::new()).await;
    assert_eq!(again, Err(Error::EntityAlreadyExists(Kind::SamlProvider(PROVIDER.to_owned()))));
    let updated = vending.update_saml_provider(PROVIDER, other.clone()).await.unwrap();
    assert_eq!((updated.metadata.as_str(), updated.name.as_str()), (other.as_str(), "corp"));
    assert_eq!(vending.saml_provider(PROVIDER).await.unwrap(), updated);
    assert_eq!(vending.list_saml_providers(PageRequest::default()).await.unwrap().items, [updated]);
    vending.delete_saml_provider(PROVIDER).await.unwrap();
    let gone = Error::NoSuchEntity(Kind::SamlProvider(PROVIDER.to_owned()));
    assert_eq!(vending.saml_provider(PROVIDER).await.as_ref(), Err(&gone));
    assert_eq!(vending.delete_saml_provider(PROVIDER).await, Err(gone));
}

/// Counts what is computed off the threads that serve.
#[derive(Default)]
struct Counting(std::sync::atomic::AtomicUsize, std::sync::atomic::AtomicBool);

#[async_trait::async_trait]
impl Offload for Counting {
    async fn run(&self, _: Option<std::net::IpAddr>, work: Work) -> Result<(), Busy> {
        if self.1.load(Ordering::SeqCst) {
            return Err(Busy);
        }
        self.0.fetch_add(1, Ordering::SeqCst);
        work();
        Ok(())
    }
}

#[tokio::test]
async fn metadata_are_read_once_for_each_record_and_responses_are_verified_off_the_threads_that_serve() {
    let computed = Arc::new(Counting::default());
    let offload = Arc::clone(&computed) as Arc<dyn Offload>;
    let world = world_with(|parts| parts.offload = offload).await;
    let corp = corp_in(world, ASSUME, r#"{"saml:aud":"http://localhost/saml"}"#).await;
    let runs = || computed.0.swap(0, Ordering::SeqCst);
    runs();

    corp.assume(&corp.facts("_1")).await.unwrap();
    assert_eq!(runs(), 2, "metadata and the response");
    corp.assume(&corp.facts("_2")).await.unwrap();
    assert_eq!(runs(), 1, "the response alone");

    let renewed = IdentityProvider::new("https://idp.example");
    corp.world.vending.update_saml_provider(PROVIDER, renewed.metadata("")).await.unwrap();
    let old = corp.assume(&corp.facts("_3")).await;
    assert!(matches!(old, Err(SamlError::Refused(Refused::Signature))), "keys of before: {old:?}");
    let corp = Corp { idp: renewed, ..corp };
    corp.assume(&corp.facts("_4")).await.unwrap();
    assert_eq!(runs(), 3);

    corp.world.vending.delete_saml_provider(PROVIDER).await.unwrap();
    corp.world.vending.create_saml_provider("corp", corp.idp.metadata(""), BTreeMap::new()).await.unwrap();
    corp.assume(&corp.facts("_5")).await.unwrap();
    assert_eq!(runs(), 2, "another record of the same name");

    computed.1.store(true, Ordering::SeqCst);
    let busy = corp.assume(&corp.facts("_6")).await;
    assert!(matches!(busy, Err(SamlError::Vending(Error::TooManyRequests))), "{busy:?}");
    computed.1.store(false, Ordering::SeqCst);
    corp.assume(&corp.facts("_6")).await.unwrap();
}

#[tokio::test]
async fn line_94_a_provider_without_a_usable_key_is_neither_made_nor_changed_to() {
    let Corp { world, idp } = corp(ASSUME, r#"{"saml:aud":"x"}"#).await;
    let keyless = idp.metadata(" use=\"encryption\"");

    let made = world.vending.create_saml_provider("none", keyless.clone(), BTreeMap::new()).await;
    let changed = world.vending.update_saml_provider(PROVIDER, keyless).await;

    for refused in [made, changed] {
        assert!(matches!(refused, Err(Error::InvalidInput(Invalid::SamlMetadata(_)))), "{refused:?}");
    }
    for name in ["", "a/b", "a b", &"n".repeat(129)] {
        let made = world.vending.create_saml_provider(name, idp.metadata(""), BTreeMap::new()).await;
        assert_eq!(made, Err(Invalid::SamlProviderName.into()));
    }
}

#[tokio::test]
async fn a_response_becomes_a_session_of_the_role_that_it_names() {
    let conditions = format!(
        r#"{{"saml:aud":"{RECIPIENT}","saml:iss":"https://idp.example","saml:sub":"ada","saml:sub_type":"persistent",
            "saml:doc":"123456789012/corp","saml:cn":"Ada","aws:RequestTag/team":"engines","sts:SourceIdentity":"ada"}}"#
    );
    let corp = corp(EVERYTHING, &conditions).await;
    let facts = corp
        .facts("_1")
        .with(&format!("{ATTRIBUTE}PrincipalTag:team"), &["engines"])
        .with(&format!("{ATTRIBUTE}TransitiveTagKeys"), &["team"])
        .with(&format!("{ATTRIBUTE}SourceIdentity"), &["ada"])
        .with(&format!("{ATTRIBUTE}SessionDuration"), &["1800"])
        .with("urn:oid:2.5.4.3", &["Ada"]);

    let session = corp.assume(&facts).await.unwrap();

    let stamp = &session.assumed.session;
    assert_eq!((stamp.role_arn.as_str(), stamp.session_name.as_str()), (ROLE, "ada@corp"));
    assert_eq!(stamp.tags, BTreeMap::from([("team".to_owned(), "engines".to_owned())]));
    assert_eq!(stamp.carried.source_identity.as_deref(), Some("ada"));
    assert!(stamp.carried.transitive.contains("team"));
    assert_eq!(stamp.expires_at, corp.world.clock.now().plus_seconds(1800));
    assert_eq!((stamp.chain.logins[0].provider.as_str(), stamp.chain.logins[0].subject.as_str()), (PROVIDER, "ada"));
    assert_eq!((session.subject.as_str(), session.subject_type.as_str()), ("ada", "persistent"));
    assert_eq!((session.issuer.as_str(), session.recipient.as_str()), ("https://idp.example", RECIPIENT));
    assert_eq!(session.name_qualifier.len(), 28);
}

#[tokio::test]
async fn line_97_an_assertion_is_used_once_on_all_nodes_and_not_by_what_is_refused() {
    let corp = corp(ASSUME, &format!(r#"{{"saml:aud":"{RECIPIENT}"}}"#)).await;
    let response = corp.idp.respond_in_base64(&corp.facts("_1"));

    let refused = corp.present(response.clone(), ROLE, 43_200).await;
    assert!(matches!(refused, Err(SamlError::Vending(Error::DurationTooLong))), "{refused:?}");
    assert!(corp.present(response.clone(), ROLE, 900).await.is_ok());
    let again = corp.present(response.clone(), ROLE, 900).await;
    assert!(matches!(again, Err(SamlError::Used)), "{again:?}");
    // Removed, and registered anew: what was used stays used.
    corp.world.vending.delete_saml_provider(PROVIDER).await.unwrap();
    corp.world.vending.create_saml_provider("corp", corp.idp.metadata(""), BTreeMap::new()).await.unwrap();
    assert!(matches!(corp.present(response, ROLE, 900).await, Err(SamlError::Used)));
    assert!(corp.assume(&corp.facts("_2")).await.is_ok());
}

#[tokio::test]
async fn an_assertion_that_cannot_be_remembered_so_long_is_refused() {
    let corp = corp(ASSUME, &format!(r#"{{"saml:aud":"{RECIPIENT}"}}"#)).await;
    let facts = corp.facts("_1");
    let assertion = corp.idp.assertion(&facts);
    let end = corp.world.clock.now().plus_seconds(300).to_iso8601();
    let later = corp.world.clock.now().plus_seconds(100_000).to_iso8601();
    let response = corp.idp.response(&facts, &corp.idp.sign(&assertion.replace(&end, &later)));

    let refused = corp.present(base64(&response), ROLE, 900).await;

    assert!(matches!(refused, Err(SamlError::UsableTooLong)), "{refused:?}");
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(text)
}

#[tokio::test]
async fn unknown_roles_and_roles_that_are_not_named_or_do_not_trust_are_refused_alike() {
    let corp = corp(ASSUME, r#"{"saml:aud":"https://elsewhere.example"}"#).await;
    let none = "arn:aws:iam::123456789012:role/none";
    let names_none = |id: &str| {
        let facts = Facts::of("ada", RECIPIENT, corp.world.clock.now()).with_id(id);
        facts
            .with(&format!("{ATTRIBUTE}Role"), &[&format!("{none},{PROVIDER}")])
            .with(&format!("{ATTRIBUTE}RoleSessionName"), &["ada"])
    };
    let respond = |facts: &Facts| corp.idp.respond_in_base64(facts);

    let untrusting = corp.assume(&corp.facts("_1")).await;
    let unnamed = corp.present(respond(&corp.facts("_2")), none, 900).await;
    let unknown = corp.present(respond(&names_none("_3")), none, 900).await;

    for refused in [untrusting, unnamed, unknown] {
        assert!(matches!(refused, Err(SamlError::Vending(Error::AccessDenied))), "{refused:?}");
    }
}

#[tokio::test]
async fn tags_and_a_source_identity_need_the_roles_trust() {
    let corp = corp(ASSUME, &format!(r#"{{"saml:aud":"{RECIPIENT}"}}"#)).await;
    for (id, name) in [("_1", "PrincipalTag:team"), ("_2", "SourceIdentity")] {
        let refused = corp.assume(&corp.facts(id).with(&format!("{ATTRIBUTE}{name}"), &["ada"])).await;

        assert!(matches!(refused, Err(SamlError::Vending(Error::AccessDenied))), "{refused:?}");
    }
}

#[tokio::test]
async fn attributes_that_do_not_say_one_thing_are_refused() {
    let corp = corp(EVERYTHING, &format!(r#"{{"saml:aud":"{RECIPIENT}"}}"#)).await;
    for (id, name, values) in [
        ("_1", "RoleSessionName", &["eve"][..]),
        ("_2", "SessionDuration", &["899"]),
        ("_3", "SessionDuration", &["900", "1800"]),
        ("_4", "SourceIdentity", &["aws:ada"]),
        ("_5", "SourceIdentity", &["ada", "eve"]),
        ("_6", "PrincipalTag:team", &["a", "b"]),
        ("_7", "PrincipalTag:team", &[]),
    ] {
        let refused = corp.assume(&corp.facts(id).with(&format!("{ATTRIBUTE}{name}"), values)).await.unwrap_err();

        let expected = matches!(
            refused,
            SamlError::SessionName | SamlError::SessionDuration | SamlError::SourceIdentity | SamlError::Tag(_)
        );
        assert!(expected, "{name} {values:?}: {refused:?}");
    }
    let mut nameless = corp.facts("_8");
    nameless.attributes.pop();
    assert!(matches!(corp.assume(&nameless).await, Err(SamlError::NoSessionName)));
}

#[tokio::test]
async fn line_89_a_changed_or_removed_provider_takes_no_responses_of_before() {
    let corp = corp(ASSUME, &format!(r#"{{"saml:aud":"{RECIPIENT}"}}"#)).await;
    let response = corp.idp.respond_in_base64(&corp.facts("_1"));
    let other = IdentityProvider::new("https://idp.example");

    corp.world.vending.update_saml_provider(PROVIDER, other.metadata("")).await.unwrap();
    let refused = corp.present(response.clone(), ROLE, 900).await;
    assert!(matches!(refused, Err(SamlError::Refused(Refused::Signature))), "{refused:?}");
    let until = corp.world.clock.now().to_iso8601();
    let expired = corp.idp.metadata("").replacen("entityID", &format!("validUntil=\"{until}\" entityID"), 1);
    corp.world.vending.update_saml_provider(PROVIDER, expired).await.unwrap();
    assert!(matches!(corp.present(response.clone(), ROLE, 900).await, Err(SamlError::MetadataExpired)));
    corp.world.vending.delete_saml_provider(PROVIDER).await.unwrap();
    let refused = corp.present(response, ROLE, 900).await;
    assert!(matches!(refused, Err(SamlError::Vending(Error::NoSuchEntity(_)))), "{refused:?}");
}

#[tokio::test]
async fn a_response_for_another_service_or_of_another_provider_is_refused() {
    let corp = corp(ASSUME, &format!(r#"{{"saml:aud":"{RECIPIENT}"}}"#)).await;
    let mut elsewhere = corp.facts("_1");
    elsewhere.audience = "https://elsewhere.example".to_owned();
    let mut sent_elsewhere = corp.facts("_2");
    sent_elsewhere.recipient = "https://signin.aws.amazon.com/saml".to_owned();
    let mut stranger = IdentityProvider::new("https://stranger.example");

    assert!(matches!(corp.assume(&elsewhere).await, Err(SamlError::Refused(Refused::Audience))));
    assert!(matches!(corp.assume(&sent_elsewhere).await, Err(SamlError::Refused(Refused::Destination))));
    let by_stranger = stranger.respond_in_base64(&corp.facts("_3"));
    assert!(matches!(corp.present(by_stranger, ROLE, 900).await, Err(SamlError::Refused(Refused::Signature))));
    stranger.entity_id = "https://idp.example".to_owned();
    let by_stranger = stranger.respond_in_base64(&corp.facts("_4"));
    assert!(matches!(corp.present(by_stranger, ROLE, 900).await, Err(SamlError::Refused(Refused::Signature))));
    let amazons = SamlService::at("https://id.example/").and_amazon("eu-west-1");
    assert!(amazons.audiences.contains(&"urn:amazon:webservices".to_owned()));
    assert!(amazons.recipients.contains(&"https://eu-west-1.signin.aws.amazon.com/saml".to_owned()));
    assert_eq!(amazons.recipients[0], "https://id.example/saml");
}
