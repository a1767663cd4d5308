//! What nobody writes of themselves, and what nobody reads of others.

use std::collections::BTreeSet;

use userpool_core::Error;
use userpool_core::model::client::UnlistedAttributes;
use userpool_core::model::user::UserStatus;
use userpool_core::ops::users::AdminCreateUser;

use crate::world::{attributes, world, world_with};

/// What says who somebody is, what was proved, and what somebody may do.
const NEVER: [(&str, &str); 7] = [
    ("sub", "01234567-89ab-4cde-8f01-23456789abcd"),
    ("email_verified", "true"),
    ("phone_number_verified", "true"),
    ("identities", "[]"),
    ("cognito:groups", "staff"),
    ("cognito:user_status", "CONFIRMED"),
    ("cognito:mfa_enabled", "false"),
];

#[tokio::test]
async fn line_50_nobody_writes_subject_verified_flags_identities_groups_or_status_of_their_own_by_any_operation() {
    let in_schema: BTreeSet<String> = NEVER.iter().take(3).map(|(name, _)| (*name).to_owned()).collect();
    let world = world_with(|_, client| client.settings.unlisted_attributes = UnlistedAttributes::All).await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    let before = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();

    for (name, value) in NEVER {
        assert!(world.sign_up_with("eve", &[("email", "eve@example.com"), (name, value)]).await.is_err(), "{name}");
        let updated = world.pools.update_user_attributes(&token, attributes(&[(name, value)])).await;
        assert!(matches!(updated, Err(Error::NotAuthorized(_) | Error::InvalidParameter(_))), "{name} {updated:?}");
    }

    let after = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!(after, before);
    let listed = world_with(|_, client| client.settings.write_attributes = Some(in_schema)).await;
    for (name, value) in NEVER.into_iter().take(3) {
        assert!(listed.sign_up_with("eve", &[(name, value)]).await.is_err(), "{name}: no list allows it");
    }
}

#[tokio::test]
async fn line_51_temporary_passwords_are_random_and_are_told_to_the_user_alone() {
    let world = world().await;
    let mut seen = BTreeSet::new();
    for number in 0..20 {
        let name = format!("user{number}");
        let request = AdminCreateUser::new(world.pool.id.clone(), name.as_str())
            .attribute("email", format!("{name}@example.com"));

        let made = world.pools.admin_create_user(request).await.unwrap();

        let password = world.outbox.code_for(&name).unwrap();
        assert!(password.len() >= 16, "{}", password.len());
        let read = world.pools.admin_get_user(&world.pool.id, &name).await.unwrap();
        assert_eq!(read.status, UserStatus::ForceChangePassword);
        assert!(!format!("{made:?}{read:?}").contains(&password), "no answer to an administrator holds it");
        seen.insert(password);
    }
    assert_eq!(seen.len(), 20);
}
