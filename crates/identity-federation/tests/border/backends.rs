//! Roles of another account, whose credentials another service vends.

use credential_vending::{BackendError, Restriction};
use identity_federation::Error;
use identity_federation::model::pool::PoolRoles;
use identity_federation::ops::credentials::GetCredentials;
use identity_federation::ops::logins::Logins;
use identity_federation::ports::Outcome;
use identity_kernel::time::Clock as _;
use jwt_tokens::{KeySet, Verifier};

use crate::world::{ELSEWHERE, MEMBER, World, world};

/// A pool whose users and guests get roles of the other account.
async fn world_elsewhere() -> World {
    let world = world().await;
    let role = |name: &str| Some(format!("arn:aws:iam::{ELSEWHERE}:role/{name}"));
    let roles = PoolRoles { authenticated: role("app"), unauthenticated: role("guest"), ..PoolRoles::default() };
    world.pools.set_identity_pool_roles(&world.pool, roles).await.unwrap();
    world
}

#[tokio::test]
async fn a_role_of_another_account_is_asked_of_its_service_with_the_pool_s_own_token() {
    let world = world_elsewhere().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();

    let request = GetCredentials { identity: ada.clone(), logins: world.user("ada"), custom_role: None };
    let vended = world.pools.get_credentials_for_identity(request).await.unwrap();

    assert_eq!(vended.credentials.access_key_id, "ASIAELSEWHERE");
    let asked = std::mem::take(&mut *world.elsewhere.asked.lock().unwrap());
    let [(request, token)] = asked.as_slice() else { panic!("it is asked once") };
    assert_eq!(request.role_arn, vended.role_arn);
    assert_eq!((&request.session_policies, &request.ceiling), (&None, &None));
    let keys = KeySet::from_jwks(world.pools.key_set(&world.pool).await.unwrap().keys);
    let claims = Verifier::new(world.pools.issuer(&world.pool))
        .any_audience()
        .verify(&keys, token.expose(), world.clock.now())
        .unwrap()
        .into_identity_pool_token(world.pool.as_str())
        .unwrap();
    assert_eq!((claims.sub, claims.amr[0].as_str()), (ada.to_string(), "authenticated"));
    let (events, vending) = world.events.take();
    let told = events.last().unwrap();
    assert_eq!(told.details.access_key_id.as_deref(), Some("ASIAELSEWHERE"));
    assert!(matches!(told.outcome, Outcome::Success) && vending.iter().all(|event| event.access_key_id.is_none()));
}

#[tokio::test]
async fn a_guest_s_ceiling_goes_along_to_the_other_service() {
    let world = world_elsewhere().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();

    world.credentials(&guest, Logins::new()).await.unwrap();

    let asked = world.elsewhere.asked.lock().unwrap();
    assert!(asked[0].0.ceiling.as_ref().is_some_and(|ceiling| ceiling[0].contains("GuestServices")));
}

#[tokio::test]
async fn what_the_other_service_refuses_cannot_express_or_does_not_answer_is_told_apart() {
    let world = world_elsewhere().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    let denied = || BackendError::Refused { code: "AccessDenied".to_owned(), message: "no".to_owned() };
    let down = || BackendError::Unavailable("no answer".into());

    for refusal in [denied(), BackendError::CannotExpress(Restriction::Tags), down()] {
        let wanted = refusal.to_string();
        *world.elsewhere.refusal.lock().unwrap() = Some(refusal);
        match world.credentials(&ada, world.user("ada")).await {
            Err(Error::Backend(told)) => assert_eq!(told.to_string(), wanted),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn roles_of_the_own_account_are_vended_here() {
    let world = world().await;
    world.roles(None).await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();

    assert_eq!(world.credentials(&ada, world.user("ada")).await.unwrap(), MEMBER);

    assert!(world.elsewhere.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_explanation_says_that_another_service_judges_the_role_s_trust() {
    let world = world_elsewhere().await;

    let told = world.pools.explain_role(&world.pool, &world.user("ada"), None).await.unwrap().to_string();

    assert!(told.contains("another security token service vends for the role's account"), "{told}");
    assert!(!told.contains("nobody has created") && told.ends_with("if that service says so"), "{told}");
}
