//! Users, groups and pools as administrators see them.

use document_store::page::PageRequest;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Clock;
use jwt_tokens::{KeySet, Rotation, Verifier as TokenVerifier};
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::users::{AdminCreateUser, Invitation};
use userpool_core::{Error, Invalid, Kind};

use crate::world::{PASSWORD, world, world_with};

#[tokio::test]
async fn line_111_what_another_pool_has_is_as_absent_as_what_nobody_has() {
    let world = world().await;
    world.user("ada").await;
    let other = world.pools.create_user_pool(CreateUserPool::named("other", &world.pools)).await.unwrap().id;
    let told = |error: Error, name: &str| error.to_string().replace(name, "…");

    let foreign = world.pools.admin_get_user(&other, "ada").await.unwrap_err();
    let absent = world.pools.admin_get_user(&other, "nobody").await.unwrap_err();
    assert_eq!(told(foreign, "ada"), told(absent, "nobody"));
    let nobodys: userpool_core::model::ids::ClientId = "a".repeat(26).parse().unwrap();
    let foreign = world.pools.describe_user_pool_client(&other, &world.client.id).await.unwrap_err();
    let absent = world.pools.describe_user_pool_client(&other, &nobodys).await.unwrap_err();
    assert_eq!(told(foreign, world.client.id.as_str()), told(absent, nobodys.as_str()));
}

#[tokio::test]
async fn groups_stand_in_tokens_with_their_roles() {
    let world = world().await;
    world.user("ada").await;
    for (name, precedence) in [("staff", 5), ("admins", 1)] {
        let spec = GroupSpec {
            pool: world.pool.id.clone(),
            name: name.parse().unwrap(),
            description: None,
            role_arn: Some(format!("arn:aws:iam::123456789012:role/{name}")),
            precedence: Some(precedence),
        };
        world.pools.create_group(spec.clone()).await.unwrap();
        assert!(matches!(world.pools.create_group(spec).await, Err(Error::GroupExists)));
        world.pools.admin_add_user_to_group(&world.pool.id, "ada", &name.parse().unwrap()).await.unwrap();
    }
    let tokens = world.tokens("ada").await;
    let keys = KeySet::from_jwks(world.pools.key_set(&world.pool.id).await.unwrap().keys);
    let verifier = TokenVerifier::new(world.pools.issuer(&world.pool.id)).id_tokens_of([world.client.id.as_str()]);
    let id = verifier.verify(&keys, tokens.id_token.expose(), world.clock.now()).unwrap();
    let id = id.into_id_token().unwrap();
    assert_eq!(id.groups, ["admins", "staff"]);
    assert_eq!(id.preferred_role.as_deref(), Some("arn:aws:iam::123456789012:role/admins"));

    let staff = "staff".parse().unwrap();
    let members = world.pools.list_users_in_group(&world.pool.id, &staff, PageRequest::default());
    assert_eq!(members.await.unwrap().items.len(), 1);
    world.pools.delete_group(&world.pool.id, &"staff".parse().unwrap()).await.unwrap();
    assert_eq!(world.pools.admin_list_groups_for_user(&world.pool.id, "ada").await.unwrap().len(), 1);
}

#[tokio::test]
async fn id_and_access_tokens_are_signed_by_two_keys_that_are_both_published() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;

    let kid = |token: &SecretString| TokenVerifier::unverified_kid(token.expose()).unwrap().unwrap();
    let mut signers = [kid(&tokens.access_token), kid(&tokens.id_token)];

    signers.sort_unstable();
    let mut published = world.kids().await;
    published.sort_unstable();
    assert_eq!(published, signers);
    assert_ne!(signers[0], signers[1]);
}

#[tokio::test]
async fn a_planned_rotation_publishes_two_keys_before_they_sign_and_a_leak_takes_both() {
    let world = world().await;
    world.user("ada").await;
    let before = world.kids().await;
    let fetched = async || KeySet::from_jwks(world.pools.key_set(&world.pool.id).await.unwrap().keys);
    let verifies = async |keys: &KeySet| {
        let token = world.tokens("ada").await.id_token;
        let verifier = TokenVerifier::new(world.pools.issuer(&world.pool.id)).id_tokens_of([world.client.id.as_str()]);
        verifier.verify(keys, token.expose(), world.clock.now()).is_ok()
    };
    let known_before = fetched().await;

    world.pools.rotate_signing_key(&world.pool.id, Rotation::PLANNED).await.unwrap();

    assert_eq!(world.kids().await.len(), 4);
    let known_at_rotation = fetched().await;
    world.clock.advance_seconds(599);
    assert!(verifies(&known_before).await);
    world.clock.advance_seconds(1);
    assert!(!verifies(&known_before).await && verifies(&known_at_rotation).await);
    world.clock.advance_seconds(86_400);
    let after = world.kids().await;
    assert!(after.len() == 2 && after.iter().all(|kid| !before.contains(kid)));

    world.pools.rotate_signing_key(&world.pool.id, Rotation::AtOnce).await.unwrap();
    let last = world.kids().await;
    assert!(last.len() == 2 && last.iter().all(|kid| !after.contains(kid)), "a leak takes both keys");
}

#[tokio::test]
async fn users_are_estimated_and_up_to_400_counted() {
    let world = world().await;
    let count = async || world.pools.estimated_users(&world.pool.id).await.unwrap();
    assert_eq!(count().await, 0);
    for number in 0..450 {
        let user = AdminCreateUser {
            temporary_password: Some(PASSWORD.into()),
            invitation: Invitation::Suppress,
            ..AdminCreateUser::new(world.pool.id.clone(), format!("u{number}"))
        };
        world.pools.admin_create_user(user).await.unwrap();
        if number == 399 {
            assert_eq!(count().await, 400);
        }
    }

    let estimated = count().await;

    assert!((400..550).contains(&estimated), "{estimated}");
    let nowhere = world.pools.estimated_users(&"us-east-1_Nowhere00".parse().unwrap()).await;
    assert!(matches!(nowhere, Err(Error::NotFound(Kind::Pool(_)))));
}

#[tokio::test]
async fn users_are_listed_in_pages_and_found_by_value_and_prefix() {
    let world = world().await;
    for name in ["ada", "adam", "bob"] {
        world.user(name).await;
    }
    let list = |filter: &'static str, limit, after| {
        world.pools.list_users(&world.pool.id, filter, PageRequest { limit, after })
    };
    let names = |users: Vec<userpool_core::model::user::User>| {
        let mut names: Vec<String> = users.into_iter().map(|user| user.username.to_string()).collect();
        names.sort();
        names
    };

    let first = list("", 2, None).await.unwrap();
    let rest = list("", 2, first.next.clone()).await.unwrap();
    assert_eq!(names(first.items.into_iter().chain(rest.items).collect()), ["ada", "adam", "bob"]);
    assert_eq!(rest.next, None);
    assert_eq!(names(list("email = \"ada@example.com\"", 9, None).await.unwrap().items), ["ada"]);
    let page = list("username ^= \"ad\"", 1, None).await.unwrap();
    let next = list("username ^= \"ad\"", 1, page.next.clone()).await.unwrap();
    assert_eq!(names(page.items.into_iter().chain(next.items).collect()), ["ada", "adam"]);
    assert_eq!(names(list("cognito:user_status = \"confirmed\"", 9, None).await.unwrap().items).len(), 3);
    assert!(matches!(list("nickname = \"1\"", 9, None).await, Err(Error::InvalidParameter(_))));
}

#[tokio::test]
async fn a_deleted_user_is_gone_from_every_index_and_the_name_is_free() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;

    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    assert!(matches!(world.pools.get_user(&tokens.access_token).await, Err(Error::NotFound(Kind::User))));
    let found = world.pools.list_users(&world.pool.id, "email = \"ada@example.com\"", PageRequest::default()).await;
    assert!(found.unwrap().items.is_empty());
    world.user("ada").await;
}

#[tokio::test]
async fn a_protected_pool_stays_and_a_deleted_one_takes_everything_along() {
    let world = world_with(|pool, _| pool.settings.deletion_protected = true).await;
    world.user("ada").await;
    assert!(matches!(world.pools.delete_user_pool(&world.pool.id).await, Err(Error::InvalidParameter(_))));
    let mut settings = world.pool.settings.clone();
    settings.deletion_protected = false;
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();

    world.pools.delete_user_pool(&world.pool.id).await.unwrap();

    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::NotFound(Kind::Client(_)))));
    assert!(matches!(world.pools.key_set(&world.pool.id).await, Err(Error::NotFound(Kind::Pool(_)))));
}

#[tokio::test]
async fn line_45_nobody_takes_a_name_in_the_form_of_a_subject() {
    let world = world().await;
    let victim = world.sign_up("ada").await.unwrap().sub.to_string();

    for name in [victim.clone(), victim.to_uppercase()] {
        let refused = world.sign_up_with(&name, &[]).await;
        assert_eq!(refused.unwrap_err(), Invalid::Username.into(), "{name}");
    }

    let found = world.pools.admin_get_user(&world.pool.id, &victim).await.unwrap();
    assert_eq!(found.username.as_str(), "ada");
}

#[tokio::test]
async fn bounds_that_no_value_suits_and_lengths_that_are_none_are_refused() {
    use userpool_core::model::attributes::{AttributeSchema, AttributeType, BoundsProblem};

    let world = world().await;
    let create = async |data_type, min, max| {
        let name = "custom:x".to_owned();
        let attribute = AttributeSchema { name, data_type, mutable: true, required: false, min, max };
        let mut request = CreateUserPool::named("p", &world.pools);
        request.attributes = vec![attribute];
        world.pools.create_user_pool(request).await.map(|_| ())
    };
    let refused = |problem| Err(Invalid::AttributeBounds("custom:x".to_owned(), problem).into());

    assert_eq!(create(AttributeType::Text, Some(9), Some(8)).await, refused(BoundsProblem::LengthsUpsideDown));
    assert_eq!(create(AttributeType::Text, None, Some(2049)).await, refused(BoundsProblem::NoLength));
    assert_eq!(create(AttributeType::Text, Some(-1), None).await, refused(BoundsProblem::NoLength));
    assert_eq!(create(AttributeType::Number, Some(9), Some(8)).await, refused(BoundsProblem::NumbersUpsideDown));
    assert_eq!(create(AttributeType::Number, Some(-9), Some(99_999)).await, Ok(()));
    assert_eq!(create(AttributeType::Text, Some(0), Some(2048)).await, Ok(()));
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_that_names_them() {
    use document_store::{DocumentStore as _, Key, Range};

    let world = world().await;
    world.sign_up("hypatia").await.unwrap();
    assert!(world.confirm("hypatia", "000000").await.is_err());
    assert!(world.password("hypatia", "wrong").await.is_err());
    let sub = world.pools.admin_get_user(&world.pool.id, "hypatia").await.unwrap().sub;
    let naming = async |name: &str| {
        let all = world.store.scan(&Range::of(Key::new(&[]), 10_000)).await.unwrap();
        let has = |bytes: &[u8]| bytes.windows(name.len()).any(|part| part == name.as_bytes());
        all.into_iter().filter(|found| has(found.key.as_bytes()) || has(&found.body)).count()
    };
    assert!(naming("hypatia@example.com").await > 1 && naming(sub.as_str()).await > 3);

    world.pools.admin_delete_user(&world.pool.id, "hypatia").await.unwrap();

    assert_eq!((naming("hypatia@example.com").await, naming("hypatia").await), (0, 0));
    // When things would have ended stands there until then, under the subject, which says nothing of anybody.
    world.clock.advance_seconds(3 * 86_400);
    world.pools.maintain().await.unwrap();
    assert_eq!(naming(sub.as_str()).await, 0);
}
