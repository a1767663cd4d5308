//! Guests who log in, logins that are linked, identities that are merged, logins that are parted.

use document_store::page::PageRequest;
use identity_federation::model::ids::IdentityId;
use identity_federation::ops::credentials::GetCredentials;
use identity_federation::ops::identities::Listed;
use identity_federation::ops::logins::Logins;
use identity_federation::ports::Action;
use identity_federation::{Error, Invalid, LoginConflict, Refusal};
use serde_json::json;

use crate::world::{GUEST, MEMBER, OIDC, USER_POOL, World, together, world, world_with};

/// Asks for credentials, and gives the identity that they are of.
async fn become_one(world: &World, named: &IdentityId, logins: Logins) -> Result<IdentityId, Error> {
    let request = GetCredentials { identity: named.clone(), logins, custom_role: None };
    world.pools.get_credentials_for_identity(request).await.map(|vended| vended.identity)
}

async fn ready() -> World {
    let world = world().await;
    world.roles(None).await;
    world
}

#[tokio::test]
async fn a_guest_who_logs_in_keeps_the_identity_and_can_be_no_guest_again() {
    let world = ready().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    assert_eq!(world.credentials(&guest, Logins::new()).await.unwrap(), GUEST);

    assert_eq!(world.credentials(&guest, world.user("ada")).await.unwrap(), MEMBER);

    assert_eq!(world.get_id(&world.user("ada")).await.unwrap(), guest);
    let refused = world.credentials(&guest, Logins::new()).await.unwrap_err();
    assert_eq!(refused, Refusal::IdentityNotYours(guest).into());
}

#[tokio::test]
async fn several_logins_in_one_call_are_one_identity() {
    let world = ready().await;
    let both = together(world.user("tim"), world.oidc("tom"));

    let tim = world.get_id(&both).await.unwrap();

    for logins in [world.user("tim"), world.oidc("tom"), both] {
        assert_eq!(world.get_id(&logins).await.unwrap(), tim);
        assert_eq!(become_one(&world, &tim, logins).await.unwrap(), tim);
    }
}

#[tokio::test]
async fn a_second_provider_is_linked_where_a_login_of_the_identity_is_shown_too() {
    let world = ready().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    world.events.take();

    let linked = become_one(&world, &ada, together(world.user("ada"), world.oidc("ada-at-work"))).await.unwrap();

    assert_eq!(linked, ada);
    assert_eq!(world.get_id(&world.oidc("ada-at-work")).await.unwrap(), ada);
    let told = &world.events.take().0[0];
    assert_eq!((told.action, told.details.linked.as_slice()), (Action::GetCredentials, &[OIDC.to_owned()][..]));
}

#[tokio::test]
async fn an_identity_has_one_login_of_each_provider() {
    let world = ready().await;
    let ada = world.get_id(&together(world.user("ada"), world.oidc("one"))).await.unwrap();

    let second = together(world.user("ada"), world.oidc("two"));

    assert_eq!(world.get_id(&second).await.unwrap_err(), LoginConflict::LinkedElsewhere.into());
    assert_eq!(become_one(&world, &ada, second).await.unwrap_err(), LoginConflict::LinkedElsewhere.into());
    assert_ne!(world.get_id(&world.oidc("two")).await.unwrap(), ada);
}

#[tokio::test]
async fn an_identity_has_twenty_logins_at_most() {
    let world = world_with(|settings| {
        for number in 0..21 {
            settings.public_providers.insert(format!("p{number}.example"), "client".to_owned());
        }
    })
    .await;
    world.roles(None).await;
    let login = |number: usize| {
        let provider = format!("p{number}.example");
        let token = world.token(&provider, &json!({}));
        Logins::from([(provider, token)])
    };
    let many =
        |from: usize, to: usize| (from..to).fold(Logins::new(), |logins, number| together(logins, login(number)));
    let ada = world.get_id(&many(0, 10)).await.unwrap();
    become_one(&world, &ada, many(9, 19)).await.unwrap();
    become_one(&world, &ada, many(18, 20)).await.unwrap();

    let refused = become_one(&world, &ada, many(19, 21)).await.unwrap_err();

    assert_eq!(refused, Invalid::TooManyLinkedLogins(20).into());
    assert_eq!(world.described(&ada).await.logins.len(), 20);
    assert_eq!(world.get_id(&many(0, 11)).await.unwrap_err(), Invalid::TooManyLogins(10).into());
}

#[tokio::test]
async fn identities_whose_logins_are_shown_together_are_merged_into_the_one_that_logged_in_first() {
    let world = ready().await;
    let first = world.get_id(&world.user("ada")).await.unwrap();
    world.clock.advance_seconds(1);
    let second = world.get_id(&world.oidc("ada-at-work")).await.unwrap();
    world.events.take();
    let both = together(world.user("ada"), world.oidc("ada-at-work"));

    assert_eq!(become_one(&world, &second, both).await.unwrap(), first, "another id comes back than was sent");

    assert_eq!(world.owners().await.into_values().collect::<Vec<_>>(), [first.clone(), first.clone()]);
    let disabled = world.described(&second).await;
    assert_eq!((disabled.merged_into.as_ref(), disabled.logins.len()), (Some(&first), 0));
    assert_eq!(world.events.take().0[0].details.merged, [second]);
}

#[tokio::test]
async fn get_id_merges_too() {
    let world = ready().await;
    let first = world.get_id(&world.oidc("ada-at-work")).await.unwrap();
    world.clock.advance_seconds(1);
    let second = world.get_id(&world.user("ada")).await.unwrap();

    let one = world.get_id(&together(world.user("ada"), world.oidc("ada-at-work"))).await.unwrap();

    assert_eq!(one, first);
    assert!(world.described(&second).await.is_disabled());
}

#[tokio::test]
async fn a_guest_is_merged_into_who_has_logged_in_and_never_the_other_way() {
    let world = ready().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    world.clock.advance_seconds(1);
    let ada = world.get_id(&world.user("ada")).await.unwrap();

    assert_eq!(become_one(&world, &guest, world.user("ada")).await.unwrap(), ada);

    assert_eq!(world.described(&guest).await.merged_into, Some(ada));
}

#[tokio::test]
async fn identities_with_logins_of_one_provider_are_not_merged_and_nothing_changes() {
    let world = ready().await;
    let ada = world.get_id(&together(world.user("ada"), world.oidc("ada"))).await.unwrap();
    let eve = world.get_id(&world.user("eve")).await.unwrap();
    let before = world.owners().await;

    let both = together(world.user("eve"), world.oidc("ada"));

    for refused in
        [world.get_id(&both).await, become_one(&world, &eve, both.clone()).await, become_one(&world, &ada, both).await]
    {
        assert_eq!(refused.unwrap_err(), LoginConflict::LinkedElsewhere.into());
    }
    assert_eq!(world.owners().await, before);
}

#[tokio::test]
async fn a_disabled_identity_is_no_guest_and_leads_those_with_its_logins_to_the_other() {
    let world = ready().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    become_one(&world, &guest, world.user("ada")).await.unwrap();

    let forbidden = world.credentials(&guest, Logins::new()).await.unwrap_err();
    assert_eq!(forbidden, Refusal::IdentityNotYours(guest.clone()).into());
    assert_eq!(become_one(&world, &guest, world.user("ada")).await.unwrap(), ada);
    let stranger = become_one(&world, &guest, world.user("eve")).await.unwrap_err();
    assert_eq!(stranger, Refusal::LoginsNotOfIdentity.into());

    world.pools.delete_identities(std::slice::from_ref(&ada)).await.unwrap();
    let gone = become_one(&world, &guest, world.user("ada")).await.unwrap_err();
    assert_eq!(gone, Refusal::IdentityNotYours(guest).into());
}

#[tokio::test]
async fn disabled_identities_are_listed_unless_they_are_hidden() {
    let world = ready().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    become_one(&world, &guest, world.user("ada")).await.unwrap();
    let listed = async |listed: Listed| {
        let page = world.pools.list_identities(&world.pool, listed, PageRequest::default()).await.unwrap();
        page.items.into_iter().map(|identity| identity.id).collect::<Vec<_>>()
    };

    assert_eq!(listed(Listed::All).await.len(), 2);
    assert_eq!(listed(Listed::WithoutDisabled).await, [ada]);
}

#[tokio::test]
async fn what_the_rules_refuse_links_nothing() {
    let world = world().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();

    // The pool names no role.
    let refused = world.credentials(&guest, world.user("ada")).await.unwrap_err();

    assert_eq!(refused, Error::InvalidConfiguration);
    assert!(world.described(&guest).await.is_guest());
}

#[tokio::test]
async fn a_parted_login_is_a_new_identity_when_next_seen() {
    let world = ready().await;
    let ada = world.get_id(&together(world.user("ada"), world.oidc("work"))).await.unwrap();
    world.events.take();

    world.pools.unlink_identity(&ada, &world.user("ada"), &[OIDC.to_owned()]).await.unwrap();

    let told = &world.events.take().0[0];
    assert_eq!((told.action, told.details.linked.as_slice()), (Action::UnlinkIdentity, &[OIDC.to_owned()][..]));
    assert_ne!(world.get_id(&world.oidc("work")).await.unwrap(), ada);
    assert_eq!(world.get_id(&world.user("ada")).await.unwrap(), ada);
}

#[tokio::test]
async fn an_identity_without_its_last_login_is_nobodys_and_no_guest() {
    let world = ready().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();

    world.pools.unlink_identity(&ada, &world.user("ada"), &[USER_POOL.to_owned()]).await.unwrap();

    let as_guest = world.credentials(&ada, Logins::new()).await.unwrap_err();
    assert_eq!(as_guest, Refusal::IdentityNotYours(ada.clone()).into());
    for user in ["ada", "eve"] {
        let refused = world.credentials(&ada, world.user(user)).await.unwrap_err();
        assert_eq!(refused, Refusal::LoginsNotOfIdentity.into(), "{user}");
    }
    assert_ne!(world.get_id(&world.user("ada")).await.unwrap(), ada);
}

#[tokio::test]
async fn a_login_is_parted_by_a_name_that_the_identity_has_a_login_of() {
    let world = ready().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();

    for name in [OIDC, "nobody.example"] {
        let refused = world.pools.unlink_identity(&ada, &world.user("ada"), &[name.to_owned()]).await.unwrap_err();
        assert_eq!(refused, Invalid::NotLinked(name.to_owned()).into());
    }
    world.pools.unlink_identity(&ada, &world.user("ada"), &[]).await.unwrap();
    assert_eq!(world.described(&ada).await.logins.len(), 1);
}
