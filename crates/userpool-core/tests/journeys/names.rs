//! One name has one form, however it is written.

use serde_json::Value;
use shared_vectors::path;
use userpool_core::model::password;
use userpool_core::model::user::NameKind;
use userpool_core::{Error, Invalid};

use crate::world::{PASSWORD, World, world, world_with};

async fn is_taken(world: &World, name: &str) -> bool {
    let refused = world.sign_up_with(name, &[]).await;
    assert!(matches!(refused, Ok(_) | Err(Error::UsernameExists(_))), "{name}: {refused:?}");
    refused.is_err()
}

#[tokio::test]
async fn line_45_ways_to_write_a_name_make_no_other_user() {
    for (name, same) in [
        ("ada", "\u{ff41}\u{ff44}\u{ff41}"),
        ("\u{e9}mile", "e\u{301}mile"),
        ("fish", "\u{fb01}sh"),
        ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}"),
        ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}"),
    ] {
        let world = world().await;
        assert!(!is_taken(&world, name).await);
        assert!(is_taken(&world, same).await, "{name} and {same}");
    }
}

#[tokio::test]
async fn where_case_counts_composition_does_not() {
    let world = world_with(|pool, _| pool.case_sensitive = true).await;
    assert!(!is_taken(&world, "\u{e9}mile").await);
    assert!(is_taken(&world, "e\u{301}mile").await);
    assert!(!is_taken(&world, "\u{c9}mile").await);
}

/// RFC 8265: what `UsernameCaseMapped` accepts is compared here as it is there, and what `OpaqueString` accepts is kept
/// as it is there.
#[tokio::test]
async fn line_45_precis_vectors() {
    let Some(file) = path("precis/golden.json") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let pool = world().await.pool;
    let mut judged = (0, 0);
    // Some cases are of half a surrogate pair, which is no text here: each case is read by itself.
    let cases = text.trim_matches(['[', ']', '\n']).split("},\n");
    for case in
        cases.filter_map(|case| serde_json::from_str::<Value>(&format!("{}}}", case.trim_end_matches('}'))).ok())
    {
        let (Some(input), Some(output)) = (case["input"].as_str(), case["output"].as_str()) else { continue };
        match case["profile"].as_str().unwrap() {
            "UsernameCaseMapped" => {
                assert_eq!(pool.fold(input), pool.fold(output), "{input:?}");
                judged.0 += 1;
            }
            "OpaqueString" => {
                assert_eq!(password::normalized(input), output, "{input:?}");
                judged.1 += 1;
            }
            _ => {}
        }
    }
    println!("precis: {} names, {} passwords", judged.0, judged.1);
    assert!(judged.0 > 50 && judged.1 > 50, "{judged:?}");
}

#[tokio::test]
async fn a_renamed_user_signs_in_under_the_new_name_alone_and_by_srp_after_the_first_time() {
    let world = world().await;
    for name in ["ada", "bob"] {
        world.user(name).await;
    }
    let (pool, before) = (&world.pool.id, world.tokens("ada").await);
    let sub = world.pools.admin_get_user(pool, "ada").await.unwrap().sub;

    let taken = world.pools.admin_rename_user(pool, "ada", "BOB").await.unwrap_err();
    assert_eq!(taken, Error::UsernameExists(NameKind::Username));
    for bad in ["", "a b", sub.as_str()] {
        assert_eq!(world.pools.admin_rename_user(pool, "ada", bad).await.unwrap_err(), Invalid::Username.into());
    }
    let renamed = world.pools.admin_rename_user(pool, "ada", "Countess").await.unwrap();

    assert_eq!((renamed.username.as_str(), &renamed.sub), ("Countess", &sub));
    assert!(world.password("ada", PASSWORD).await.is_err());
    let (_, proof) = world.srp("countess", PASSWORD).await.unwrap();
    assert!(world.answer("countess", proof).await.is_err(), "what SRP needs is bound to the name");
    world.clock.advance_seconds(60);
    assert_eq!(world.pools.get_user(&before.access_token).await.unwrap().sub, sub, "sessions go on");
    world.tokens("countess").await;
    let (_, proof) = world.srp("countess", PASSWORD).await.unwrap();
    assert!(world.answer("countess", proof).await.is_ok());
    world.user("ada").await;
    assert_ne!(world.pools.admin_get_user(pool, "ada").await.unwrap().sub, sub, "the name is free");
}
