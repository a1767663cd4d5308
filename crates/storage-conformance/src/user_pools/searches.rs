//! Users in pages, and users sought by a value.

use userpool_core::UserPoolStorage;
use userpool_core::model::user::User;

use super::fixtures::{found, insert, insert_user, names, other_pool, pool_id, subject, user};
use crate::macros::walk;

/// By subject, of this pool alone.
pub async fn users_come_in_pages(storage: &dyn UserPoolStorage) {
    for (number, name) in [(3, "c"), (1, "a"), (2, "b"), (5, "e"), (4, "d")] {
        insert(storage, number, name).await;
    }
    insert_user(storage, User { pool: other_pool(), ..user(6, "x") }).await;
    assert_eq!(names(walk!(|page| storage.users().list(&pool_id(), &page))), ["a", "b", "c", "d", "e"]);
}

/// Exact values and prefixes, by value and then by subject, in pages.
pub async fn searches_find_values_and_prefixes_in_pages(storage: &dyn UserPoolStorage) {
    for (number, name) in [(1, "ada"), (2, "adam"), (3, "bob"), (4, "ad%"), (5, "Ada")] {
        insert(storage, number, name).await;
    }
    for (number, family) in [(6, "ada"), (7, "adams"), (8, "ada")] {
        let mut user = user(number, &format!("f{number}"));
        user.attributes.insert("family_name".to_owned(), family.to_owned());
        insert_user(storage, user).await;
    }
    assert_eq!(found(storage, "username", "ada", false).await, ["ada"]);
    assert_eq!(found(storage, "username", "ada", true).await, ["ada", "adam"]);
    assert_eq!(found(storage, "username", "ad%", true).await, ["ad%"]);
    assert_eq!(found(storage, "email", "ad", true).await, ["ad%", "ada", "adam"]);
    assert_eq!(found(storage, "family_name", "ada", false).await, ["f6", "f8"]);
    assert_eq!(found(storage, "family_name", "a", true).await, ["f6", "f8", "f7"]);
    assert!(found(storage, "family_name", "b", true).await.is_empty());
}

/// By subject, by status, by being disabled, and by attributes of the pool's own: exact values and prefixes.
pub async fn searches_find_states_subjects_and_own_attributes(storage: &dyn UserPoolStorage) {
    let all = [(1, "ada", "red", true), (2, "bob", "reddish", true), (3, "cy", "red", false)];
    for (number, name, team, enabled) in all {
        let mut user = User { enabled, ..user(number, name) };
        user.attributes.insert("custom:team".to_owned(), team.to_owned());
        user.attributes.insert(format!("dev:custom:{name}"), "x".to_owned());
        insert_user(storage, user).await;
    }
    let bob = subject(2);
    assert_eq!(found(storage, "custom:team", "red", false).await, ["ada", "cy"]);
    assert_eq!(found(storage, "custom:team", "red", true).await, ["ada", "cy", "bob"]);
    assert_eq!(found(storage, "custom:team", "", true).await, ["ada", "cy", "bob"]);
    assert!(found(storage, "custom:tea", "", true).await.is_empty());
    assert_eq!(found(storage, "dev:custom:bob", "x", false).await, ["bob"]);
    assert_eq!(found(storage, "status", "Disabled", false).await, ["cy"]);
    assert!(found(storage, "status", "Enabled", false).await.is_empty());
    let status = user(1, "ada").status.name();
    assert_eq!(found(storage, "cognito:user_status", status, false).await, ["ada", "bob", "cy"]);
    assert!(found(storage, "cognito:user_status", "RESET_REQUIRED", false).await.is_empty());
    assert_eq!(found(storage, "sub", bob.as_str(), false).await, ["bob"]);
    assert!(found(storage, "sub", &bob.as_str()[..35], false).await.is_empty());
    assert!(found(storage, "sub", &bob.as_str()[..35], true).await.contains(&"bob".to_owned()));
    assert!(found(storage, "sub", "x", true).await.is_empty());
}

/// 2,048 characters of any writing are found as a whole and by their beginning, and are not taken for others.
pub async fn long_values_are_found(storage: &dyn UserPoolStorage) {
    for (number, letter) in [(1, "a"), (2, "ш"), (3, "漢")] {
        let mut user = user(number, &format!("u{number}"));
        user.attributes.insert("name".to_owned(), letter.repeat(2048));
        insert_user(storage, user).await;
        let name = [format!("u{number}")];
        assert_eq!(found(storage, "name", &letter.repeat(2048), false).await, name);
        assert_eq!(found(storage, "name", &letter.repeat(2047), true).await, name);
        assert!(found(storage, "name", &letter.repeat(2047), false).await.is_empty());
        assert!(found(storage, "name", &format!("{}b", letter.repeat(2046)), true).await.is_empty());
    }
}
