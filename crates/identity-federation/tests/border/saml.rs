//! Logins by SAML response: once for credentials, with the roles that the response names.

use std::collections::BTreeMap;

use credential_vending::ops::roles::CreateRole;
use identity_federation::model::ids::IdentityId;
use identity_federation::ops::credentials::{GetCredentials, VendedCredentials};
use identity_federation::ops::logins::Logins;
use identity_federation::{Error, Refusal};
use identity_kernel::time::Clock as _;
use login_providers::ProviderKind;
use test_support::saml::{Facts, IdentityProvider};

use crate::world::{MEMBER, STAFF, World, world_with};

const CORP: &str = "arn:aws:iam::123456789012:saml-provider/corp";
const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";

struct Corp {
    world: World,
    idp: IdentityProvider,
}

async fn corp() -> Corp {
    let world = world_with(|settings| settings.saml_provider_arns = vec![CORP.to_owned()]).await;
    let idp = IdentityProvider::new("https://idp.example");
    world.vending.create_saml_provider("corp", idp.metadata(""), BTreeMap::new()).await.unwrap();
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"cognito-identity.amazonaws.com"}},
            "Condition":{{"StringEquals":{{"cognito-identity.amazonaws.com:aud":"{}"}}}}}}]}}"#,
        world.pool
    );
    for name in ["member", "staff"] {
        world.vending.create_role(CreateRole::named(name, &trust)).await.unwrap();
    }
    world.roles(None).await;
    Corp { world, idp }
}

impl Corp {
    /// A response of its own id that names these roles.
    fn login(&self, id: &str, name: &str, roles: &[&str]) -> Logins {
        let named: Vec<String> = roles.iter().map(|role| format!("{role},{CORP}")).collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let facts = Facts::of(name, "http://localhost/saml", self.world.clock.now()).with_id(id).with(ROLE, &named);
        Logins::from([(CORP.to_owned(), self.idp.respond_in_base64(&facts).into())])
    }

    async fn identity(&self, logins: &Logins) -> Result<IdentityId, Error> {
        self.world.pools.get_id(&self.world.pool, logins).await
    }

    async fn credentials(
        &self,
        identity: &IdentityId,
        logins: &Logins,
        custom_role: Option<&str>,
    ) -> Result<VendedCredentials, Error> {
        let custom_role = custom_role.map(str::to_owned);
        let request = GetCredentials { identity: identity.clone(), logins: logins.clone(), custom_role };
        self.world.other.get_credentials_for_identity(request).await
    }
}

#[tokio::test]
async fn line_97_a_response_finds_an_identity_and_gives_credentials_once_on_all_nodes() {
    let corp = corp().await;
    let login = corp.login("_1", "ada", &[]);

    let identity = corp.identity(&login).await.unwrap();
    assert_eq!(corp.identity(&login).await.unwrap(), identity);
    let vended = corp.credentials(&identity, &login, None).await.unwrap();
    assert_eq!((vended.role_arn.as_str(), &vended.identity), (MEMBER, &identity));

    let used = Error::from(Refusal::LoginUsed);
    assert_eq!(corp.credentials(&identity, &login, None).await.unwrap_err(), used);
    assert_eq!(corp.identity(&login).await.unwrap_err(), used);
    assert_eq!(corp.identity(&corp.login("_2", "ada", &[])).await.unwrap(), identity);
    assert_ne!(corp.identity(&corp.login("_3", "eve", &[])).await.unwrap(), identity);
}

#[tokio::test]
async fn the_response_names_the_roles_and_the_caller_says_which_of_several() {
    let corp = corp().await;
    let identity = corp.identity(&corp.login("_0", "ada", &[])).await.unwrap();
    let role = async |id: &str, named: &[&str], asked: Option<&str>| {
        let vended = corp.credentials(&identity, &corp.login(id, "ada", named), asked).await;
        vended.map(|vended| vended.role_arn).map_err(|error| matches!(error, Error::RoleDenied { .. }))
    };

    assert_eq!(role("_1", &[STAFF], None).await, Ok(STAFF.to_owned()));
    assert_eq!(role("_2", &[STAFF, MEMBER], Some(MEMBER)).await, Ok(MEMBER.to_owned()));
    assert_eq!(role("_3", &[STAFF, MEMBER], None).await, Err(true));
    assert_eq!(role("_4", &[MEMBER], Some(STAFF)).await, Err(true));
    assert_eq!(role("_5", &[], Some(STAFF)).await, Err(true));
}

#[tokio::test]
async fn a_refused_call_does_not_use_the_response() {
    let corp = corp().await;
    let login = corp.login("_1", "ada", &[STAFF, MEMBER]);
    let identity = corp.identity(&login).await.unwrap();

    assert!(corp.credentials(&identity, &login, None).await.is_err());
    assert!(corp.credentials(&identity, &login, Some(STAFF)).await.is_ok());
}

#[tokio::test]
async fn a_saml_login_gets_no_token_that_outlives_its_response() {
    let corp = corp().await;
    let mut settings = corp.world.pools.describe_identity_pool(&corp.world.pool).await.unwrap().settings;
    settings.allow_classic = Some(true);
    corp.world.pools.update_identity_pool(&corp.world.pool, settings).await.unwrap();
    let login = corp.login("_1", "ada", &[]);
    let identity = corp.identity(&login).await.unwrap();

    let token = corp.world.pools.get_open_id_token(&identity, &login).await;

    assert_eq!(token.unwrap_err(), Refusal::ProviderKindNotSupported(ProviderKind::Saml).into());
}

#[tokio::test]
async fn line_89_responses_of_no_provider_of_the_pool_are_refused() {
    let corp = corp().await;
    let stranger = IdentityProvider::new("https://idp.example");
    let facts = Facts::of("ada", "http://localhost/saml", corp.world.clock.now());
    let by_stranger = Logins::from([(CORP.to_owned(), stranger.respond_in_base64(&facts).into())]);
    let elsewhere = Facts::of("ada", "http://elsewhere.example/saml", corp.world.clock.now());
    let for_elsewhere = Logins::from([(CORP.to_owned(), corp.idp.respond_in_base64(&elsewhere).into())]);
    let other = Logins::from([(format!("{CORP}2"), "PHgvPg==".into())]);
    let nothing = Logins::from([(CORP.to_owned(), "PHgvPg==".into())]);
    let login = corp.login("_1", "ada", &[]);

    assert_eq!(corp.identity(&by_stranger).await.unwrap_err(), Refusal::LoginSignature.into());
    assert_eq!(corp.identity(&for_elsewhere).await.unwrap_err(), Refusal::SamlInvalid.into());
    assert_eq!(corp.identity(&other).await.unwrap_err(), Refusal::ProviderNotInPool.into());
    assert_eq!(corp.identity(&nothing).await.unwrap_err(), Refusal::SamlInvalid.into());
    corp.world.vending.delete_saml_provider(CORP).await.unwrap();
    assert_eq!(corp.identity(&login).await.unwrap_err(), Refusal::ProviderNotInPool.into());
}
