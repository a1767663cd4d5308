//! Managed policies: what they allow once attached, what they bound, and that none goes that a role depends on.

use std::collections::BTreeMap;

use credential_vending::ops::managed_policies::CreateManagedPolicy;
use credential_vending::ops::roles::CreateRole;
use credential_vending::{Error, Invalid, Kind, Limit};
use document_store::page::PageRequest;

use crate::world::{TRUST, World, request, world};

const PUT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Put*","Resource":"*"}]}"#;
const LIST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}"#;
const NO_GET: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}]}"#;

impl World {
    pub(crate) async fn policy(&self, name: &str, document: &str) -> String {
        let request = CreateManagedPolicy {
            name: name.to_owned(),
            path: "/team/".to_owned(),
            description: None,
            document: document.to_owned(),
            tags: BTreeMap::new(),
        };
        self.vending.create_managed_policy(request).await.unwrap().arn
    }

    /// Whether the role's session may get, put and list.
    async fn may(&self) -> [bool; 3] {
        let assumed = self.vending.assume_role(request()).await.unwrap();
        let mut may = [false; 3];
        for (at, action) in ["s3:GetObject", "s3:PutObject", "s3:ListBucket"].into_iter().enumerate() {
            may[at] = self.allows(&assumed, action).await;
        }
        may
    }
}

#[tokio::test]
async fn an_attached_policy_decides_by_the_version_that_counts_until_it_is_detached() {
    let world = world().await;
    let arn = world.policy("writes", PUT).await;
    assert_eq!(arn, "arn:aws:iam::123456789012:policy/team/writes");
    assert_eq!(world.may().await, [true, false, false]);

    world.vending.attach_role_policy("app", &arn).await.unwrap();
    assert_eq!(world.may().await, [true, true, false]);
    let second = world.vending.create_policy_version(&arn, LIST, false).await.unwrap();
    assert_eq!((second, world.may().await), (2, [true, true, false]), "made, and does not count yet");
    world.vending.set_default_policy_version(&arn, second).await.unwrap();
    assert_eq!(world.may().await, [true, false, true]);
    let third = world.vending.create_policy_version(&arn, NO_GET, true).await.unwrap();
    assert_eq!((third, world.may().await), (3, [false, false, false]), "a denial of an attached policy wins");
    world.vending.detach_role_policy("app", &arn).await.unwrap();

    assert_eq!(world.may().await, [true, false, false]);
}

#[tokio::test]
async fn a_policy_as_boundary_takes_what_it_does_not_allow_and_gives_nothing() {
    let world = world().await;
    let (bound, more) = (world.policy("bound", PUT).await, world.policy("more", LIST).await);
    world.vending.attach_role_policy("app", &more).await.unwrap();
    assert_eq!(world.may().await, [true, false, true]);

    world.vending.set_role_boundary("app", Some(&bound)).await.unwrap();
    assert_eq!(world.may().await, [false, false, false]);
    world.vending.attach_role_policy("app", &bound).await.unwrap();
    assert_eq!(world.may().await, [false, true, false]);
    world.vending.set_role_boundary("app", Some(&more)).await.unwrap();
    assert_eq!(world.may().await, [false, false, true]);
    world.vending.set_role_boundary("app", None).await.unwrap();

    assert_eq!(world.may().await, [true, true, true]);
}

#[tokio::test]
async fn a_policy_that_a_role_depends_on_stays_and_counts_its_roles() {
    let world = world().await;
    let arn = world.policy("writes", PUT).await;
    let in_use = Error::InUse(Kind::ManagedPolicy(arn.clone()));
    world.vending.attach_role_policy("app", &arn).await.unwrap();
    world.vending.attach_role_policy("app", &arn).await.unwrap();
    let bounded = CreateRole { boundary_arn: Some(arn.clone()), ..CreateRole::named("bounded", TRUST) };
    world.vending.create_role(bounded).await.unwrap();

    let policy = world.vending.managed_policy(&arn).await.unwrap();
    assert_eq!((policy.attached, policy.bounding), (1, 1));
    let roles = world.vending.roles_of_policy(&arn, PageRequest::default()).await.unwrap().items;
    assert_eq!(roles.into_iter().map(|role| role.name).collect::<Vec<_>>(), ["app", "bounded"]);
    assert_eq!(world.vending.delete_managed_policy(&arn).await, Err(in_use));
    assert_eq!(world.vending.delete_role("app").await, Err(Error::InUse(Kind::Role("app".to_owned()))));
    world.vending.delete_role("bounded").await.unwrap();
    world.vending.detach_role_policy("app", &arn).await.unwrap();
    let policy = world.vending.managed_policy(&arn).await.unwrap();
    assert_eq!((policy.attached, policy.bounding), (0, 0));

    world.vending.delete_managed_policy(&arn).await.unwrap();
    assert_eq!(world.vending.managed_policy(&arn).await, Err(Error::NoSuchEntity(Kind::ManagedPolicy(arn.clone()))));
    assert!(world.vending.attach_role_policy("app", &arn).await.is_err());
}

#[tokio::test]
async fn a_policy_has_five_versions_at_most_no_number_twice_and_keeps_the_one_that_counts() {
    let world = world().await;
    let (vending, arn) = (&world.vending, world.policy("writes", PUT).await);
    for number in 2..=5 {
        assert_eq!(vending.create_policy_version(&arn, LIST, false).await, Ok(number));
    }
    let full = Error::LimitExceeded(Limit::PolicyVersions);
    assert_eq!(vending.create_policy_version(&arn, LIST, true).await, Err(full));
    assert_eq!(vending.delete_policy_version(&arn, 1).await, Err(Error::InUse(Kind::PolicyVersion(1))));
    vending.delete_policy_version(&arn, 5).await.unwrap();

    assert_eq!(vending.create_policy_version(&arn, LIST, true).await, Ok(6));

    let missing = Error::NoSuchEntity(Kind::PolicyVersion(5));
    assert_eq!(vending.set_default_policy_version(&arn, 5).await, Err(missing));
    assert!(matches!(vending.delete_managed_policy(&arn).await, Err(Error::InUse(Kind::PolicyVersion(_)))));
    let policy = vending.managed_policy(&arn).await.unwrap();
    assert_eq!((policy.default_version, policy.versions.into_keys().collect::<Vec<_>>()), (6, vec![1, 2, 3, 4, 6]));
}

#[tokio::test]
async fn a_role_has_twenty_managed_policies_at_most() {
    let world = world().await;
    for number in 0..20 {
        let arn = world.policy(&format!("p{number}"), PUT).await;
        world.vending.attach_role_policy("app", &arn).await.unwrap();
    }

    let arn = world.policy("one-more", PUT).await;

    let full = Error::LimitExceeded(Limit::AttachedPolicies);
    assert_eq!(world.vending.attach_role_policy("app", &arn).await, Err(full));
    assert_eq!(world.vending.managed_policy(&arn).await.unwrap().attached, 0);
    assert_eq!(world.vending.attached_policies("app").await.unwrap().len(), 20);
}

#[tokio::test]
async fn policies_of_another_account_or_path_and_malformed_ones_are_refused() {
    let world = world().await;
    world.policy("writes", PUT).await;
    for arn in [
        "arn:aws:iam::999999999999:policy/team/writes",
        "arn:aws:iam::123456789012:policy/writes",
        "arn:aws:iam::123456789012:policy/team/WRITES",
        "writes",
    ] {
        let missing = Error::NoSuchEntity(Kind::ManagedPolicy(arn.to_owned()));
        assert_eq!(world.vending.attach_role_policy("app", arn).await, Err(missing), "{arn}");
    }
    let named = |name: &str, path: &str, document: &str, tag: &str| CreateManagedPolicy {
        name: name.to_owned(),
        path: path.to_owned(),
        description: None,
        document: document.to_owned(),
        tags: BTreeMap::from([(tag.to_owned(), String::new())]),
    };
    let create = async |request| world.vending.create_managed_policy(request).await.unwrap_err();
    assert_eq!(create(named("a b", "/", PUT, "t")).await, Error::InvalidInput(Invalid::Name));
    assert_eq!(create(named("a", "team", PUT, "t")).await, Error::InvalidInput(Invalid::RolePath));
    assert_eq!(create(named("a", "/", PUT, "aws:t")).await, Error::InvalidInput(Invalid::Tag("aws:t".to_owned())));
    assert!(matches!(create(named("a", "/", "{}", "t")).await, Error::MalformedPolicy(_)));
    let taken = Error::EntityAlreadyExists(Kind::ManagedPolicy("WRITES".to_owned()));
    assert_eq!(create(named("WRITES", "/", PUT, "t")).await, taken);
}

#[tokio::test]
async fn attachments_at_once_are_all_counted() {
    let world = world().await;
    let arn = world.policy("writes", PUT).await;
    for number in 0..4 {
        world.vending.create_role(CreateRole::named(&format!("r{number}"), TRUST)).await.unwrap();
    }

    let names: Vec<String> = (0..4).map(|number| format!("r{number}")).collect();
    let attached = names.iter().map(|name| world.vending.attach_role_policy(name, &arn));
    let outcomes = futures::future::join_all(attached).await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.vending.managed_policy(&arn).await.unwrap().attached, 4);
}

#[tokio::test]
async fn a_role_and_a_policy_are_labelled_and_described_anew() {
    let world = world().await;
    let (vending, arn) = (&world.vending, world.policy("writes", PUT).await);
    let tags = |key: &str| BTreeMap::from([(key.to_owned(), "1".to_owned())]);
    vending.tag_role("app", &tags("a"), &[]).await.unwrap();
    vending.tag_role("app", &tags("b"), &["a".to_owned()]).await.unwrap();
    vending.tag_managed_policy(&arn, &tags("a"), &[]).await.unwrap();
    vending.tag_managed_policy(&arn, &tags("b"), &["a".to_owned()]).await.unwrap();
    assert_eq!(vending.tag_role("app", &tags("aws:a"), &[]).await, Err(Invalid::Tag("aws:a".to_owned()).into()));

    vending.update_role("app", Some("reads".to_owned()), None).await.unwrap();
    vending.update_role("app", None, Some(7200)).await.unwrap();

    let role = vending.get_role("app").await.unwrap();
    assert_eq!((role.description.as_deref(), role.max_session_seconds), (Some("reads"), 7200));
    assert_eq!((role.tags, vending.managed_policy(&arn).await.unwrap().tags), (tags("b"), tags("b")));
    assert_eq!(vending.update_role("app", None, Some(3599)).await, Err(Invalid::MaxSessionDuration.into()));
}
