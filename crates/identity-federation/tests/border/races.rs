//! Two nodes at once: one wins, and no login is ever on two identities.

use futures::future::join_all;
use identity_federation::model::ids::IdentityId;
use identity_federation::ops::credentials::GetCredentials;
use identity_federation::ops::developer::GetOpenIdTokenForDeveloper;
use identity_federation::ops::logins::Logins;
use identity_federation::{Error, IdentityPools, Refusal};

use crate::developers::ready;
use crate::world::{OIDC, OWN, World, together};

fn nodes(world: &World) -> impl Iterator<Item = &IdentityPools> {
    [&world.pools, &world.other].into_iter().cycle()
}

async fn log_in(node: &IdentityPools, named: &IdentityId, logins: Logins) -> Result<IdentityId, Error> {
    let request = GetCredentials { identity: named.clone(), logins, custom_role: None };
    node.get_credentials_for_identity(request).await.map(|vended| vended.identity)
}

#[tokio::test]
async fn of_many_who_log_in_as_one_guest_one_is_it() {
    let world = ready().await;
    for round in 0..20 {
        let guest = world.get_id(&Logins::new()).await.unwrap();
        let users: Vec<Logins> = (0..4).map(|number| world.user(&format!("user-{round}-{number}"))).collect();

        let done =
            join_all(users.into_iter().zip(nodes(&world)).map(|(login, node)| log_in(node, &guest, login))).await;

        let (won, lost): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!(won, [Ok(guest.clone())]);
        assert!(lost.iter().all(|refused| *refused == Err(Refusal::LoginsNotOfIdentity.into())), "{lost:?}");
        assert_eq!(world.described(&guest).await.logins.len(), 1);
    }
    world.owners().await;
}

#[tokio::test]
async fn of_two_who_link_one_login_one_has_it() {
    let world = ready().await;
    for round in 0..20 {
        let users = [format!("ada-{round}"), format!("eve-{round}")].map(|user| world.user(&user));
        let (ada, eve) = (world.get_id(&users[0]).await.unwrap(), world.get_id(&users[1]).await.unwrap());
        let [adas, eves] = users.map(|user| together(user, world.oidc(&format!("shared-{round}"))));

        let done = tokio::join!(log_in(&world.pools, &ada, adas), log_in(&world.other, &eve, eves));

        // Who comes second shows logins of two users of the user pool: they cannot be one.
        assert!(
            matches!(done, (Ok(_), Err(Error::ResourceConflict(_))) | (Err(Error::ResourceConflict(_)), Ok(_))),
            "{done:?}"
        );
        assert_eq!(world.owners().await.keys().filter(|login| login.provider == OIDC).count(), round + 1);
    }
}

#[tokio::test]
async fn one_login_that_is_new_on_two_nodes_is_one_identity() {
    let world = ready().await;
    for round in 0..20 {
        let login = world.user(&format!("ada-{round}"));

        let done = join_all((0..4).zip(nodes(&world)).map(|(_, node)| node.get_id(&world.pool, &login))).await;

        let first = done[0].as_ref().unwrap();
        assert!(done.iter().all(|one| one.as_ref() == Ok(first)), "{done:?}");
    }
}

#[tokio::test]
async fn merging_while_logins_are_parted_and_linked_leaves_each_login_at_one_identity() {
    let world = ready().await;
    for round in 0..20 {
        let (user, outside) = (world.user(&format!("ada-{round}")), world.oidc(&format!("work-{round}")));
        let one = world.get_id(&user).await.unwrap();
        let two = world.get_id(&outside).await.unwrap();
        let guest = world.get_id(&Logins::new()).await.unwrap();
        let both = together(user.clone(), outside.clone());
        let removed = [OIDC.to_owned()];

        let (merged, parted, grown, again) = tokio::join!(
            log_in(&world.pools, &one, both.clone()),
            world.other.unlink_identity(&two, &outside, &removed),
            log_in(&world.other, &guest, outside.clone()),
            log_in(&world.other, &two, both),
        );

        // Whoever was late is refused; what is left is whole.
        let all_told = format!("{merged:?} {parted:?} {grown:?} {again:?}");
        for refused in [merged.err(), parted.err(), grown.err(), again.err()].into_iter().flatten() {
            assert!(matches!(refused, Error::NotAuthorized(_) | Error::ResourceConflict(_)), "{all_told}");
        }
        for (login, owner) in world.owners().await {
            assert!(!world.described(&owner).await.is_disabled(), "{login:?}");
        }
    }
}

#[tokio::test]
async fn of_two_mergers_of_one_user_one_wins_and_the_other_follows() {
    let world = ready().await;
    for round in 0..20 {
        let [source, left, right] = ["source", "left", "right"].map(|name| format!("{name}-{round}"));
        for user in [&source, &left, &right] {
            world.developer(user).await;
        }

        let done = tokio::join!(
            world.pools.merge_developer_identities(&world.pool, OWN, &source, &left),
            world.other.merge_developer_identities(&world.pool, OWN, &source, &right),
        );

        // The second moves what the first has made: all three are one then.
        let (one, two) = (done.0.unwrap(), done.1.unwrap());
        let last = world.developer(&source).await.0;
        assert!(last == one || last == two);
        world.owners().await;
    }
}

#[tokio::test]
async fn of_two_users_who_merge_into_each_other_one_identity_is_left() {
    let world = ready().await;
    for round in 0..20 {
        let [ada, eve] = ["ada", "eve"].map(|name| format!("{name}-{round}"));
        for user in [&ada, &eve] {
            world.developer(user).await;
        }

        let (one, two) = tokio::join!(
            world.pools.merge_developer_identities(&world.pool, OWN, &ada, &eve),
            world.other.merge_developer_identities(&world.pool, OWN, &eve, &ada),
        );

        assert_eq!(one.unwrap(), two.unwrap());
        assert_eq!(world.developer(&ada).await.0, world.developer(&eve).await.0);
    }
}

#[tokio::test]
async fn of_a_developer_and_a_login_that_claim_one_guest_one_has_it() {
    let world = ready().await;
    for round in 0..20 {
        let guest = world.get_id(&Logins::new()).await.unwrap();
        let user = format!("ada-{round}");
        let request = GetOpenIdTokenForDeveloper { identity: Some(guest.clone()), ..world.developers(&user) };

        let (login, developer) = tokio::join!(
            log_in(&world.pools, &guest, world.user(&user)),
            world.other.get_open_id_token_for_developer_identity(request),
        );

        // The operator may link its user to whoever has logged in; who logs in may not.
        assert!(developer.is_ok(), "{developer:?}");
        assert!(matches!(login, Ok(_) | Err(Error::NotAuthorized(Refusal::LoginsNotOfIdentity))), "{login:?}");
        world.owners().await;
    }
}
