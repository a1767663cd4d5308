//! What a password must be, and what a new one ends.

use std::sync::Arc;

use async_trait::async_trait;
use host_adapters::{Argon2Hasher, HashingCost};
use identity_kernel::secret::SecretString;
use userpool_core::model::pool::AccountRules;
use userpool_core::ops::sign_in::{Answer, AuthOutcome};
use userpool_core::ops::sign_up::SignUp;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::ports::{Busy, PasswordHasher};
use userpool_core::reasons::PasswordProblem;
use userpool_core::{Error, UserPools};

use crate::world::{PASSWORD, World, attributes, parts, service, world, world_with};

const OTHER: &str = "another long password";

async fn sign_up(world: &World, name: &str, password: &str) -> Result<(), Error> {
    let request = SignUp {
        client: world.client.id.clone(),
        secret_hash: None,
        username: name.to_owned(),
        password: Some(password.into()),
        attributes: attributes(&[("email", "ada.lovelace@example.com")]),
    };
    world.pools.sign_up(request).await.map(|_| ())
}

#[tokio::test]
async fn line_41_a_hardened_pool_refuses_short_and_common_passwords_and_the_users_name() {
    let world = world().await;
    let problem = |password: &'static str| sign_up(&world, "ada-king-noel-lovelace", password);

    assert_eq!(problem("fourteen chars").await, Err(PasswordProblem::TooShort.into()));
    assert_eq!(problem("passwordpassword").await, Err(PasswordProblem::Common.into()));
    assert_eq!(problem("Ada-King-Noel-Lovelace").await, Err(PasswordProblem::LikeName.into()));
    assert_eq!(problem("ada.lovelace@example.com").await, Err(PasswordProblem::LikeName.into()));
    problem("fifteen chars ok").await.unwrap();
    let cognito = world_with(|pool, _| {
        pool.settings.account_rules = AccountRules::COGNITO;
        pool.settings.password_policy.minimum_length = 8;
    })
    .await;
    sign_up(&cognito, "ada", "password").await.unwrap();
}

#[tokio::test]
async fn line_40_a_password_is_the_same_however_the_keyboard_composes_it() {
    let world = world().await;
    sign_up(&world, "ada", "cl\u{e9} du ch\u{e2}teau fort").await.unwrap();
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();

    world.password("ada", "cle\u{301} du cha\u{302}teau\u{a0}fort").await.unwrap();

    assert!(world.password("ada", "cle du chateau fort").await.is_err());
}

#[tokio::test]
async fn line_51_the_temporary_password_does_not_replace_itself() {
    let world = world().await;
    let temporary = world.invite("ada").await;
    let begin = || async {
        match world.password("ada", &temporary).await.unwrap() {
            AuthOutcome::NewPasswordRequired(challenge) => challenge.session,
            other => panic!("{other:?}"),
        }
    };
    let answer = async |password: &str| {
        let session = begin().await;
        world
            .answer("ada", Answer::NewPassword { session, password: password.into(), attributes: attributes(&[]) })
            .await
    };

    assert_eq!(answer(&temporary).await.unwrap_err(), PasswordProblem::Temporary.into());
    answer(OTHER).await.unwrap();
}

#[tokio::test]
async fn line_78_an_administrators_password_ends_sessions_and_the_pool_may_keep_them() {
    let kept = AccountRules { new_password_ends_sessions: false, ..AccountRules::HARDENED };
    for (rules, lifetime, lives) in [
        (AccountRules::HARDENED, PasswordLifetime::Permanent, false),
        (AccountRules::HARDENED, PasswordLifetime::Temporary, false),
        (kept, PasswordLifetime::Permanent, true),
        (kept, PasswordLifetime::Temporary, false),
    ] {
        let world = world_with(|pool, client| {
            pool.settings.account_rules = rules;
            client.settings.rotation = Some(userpool_core::model::client::Rotation { grace_seconds: 0 });
        })
        .await;
        world.user("ada").await;
        let tokens = world.tokens("ada").await;

        world.pools.admin_set_user_password(&world.pool.id, "ada", &OTHER.into(), lifetime).await.unwrap();

        assert_eq!(world.pools.get_user(&tokens.access_token).await.is_ok(), lives, "{lifetime:?}");
        assert_eq!(world.refresh(&tokens.refresh_token.unwrap()).await.is_ok(), lives, "{lifetime:?}");
    }
}

#[tokio::test]
async fn line_44_an_administrators_password_lifts_the_wait_after_wrong_ones() {
    let world = world().await;
    world.user("ada").await;
    for _ in 0..7 {
        let _ = world.password("ada", "wrong").await;
    }
    assert!(world.password("ada", PASSWORD).await.is_err());

    let lifetime = PasswordLifetime::Permanent;
    world.pools.admin_set_user_password(&world.pool.id, "ada", &OTHER.into(), lifetime).await.unwrap();

    world.password("ada", OTHER).await.unwrap();
}

/// Changes the user whenever a password is hashed: between an administrator's reading and writing.
struct Meddler {
    hasher: Argon2Hasher,
    other: UserPools,
    pool: userpool_core::model::ids::UserPoolId,
}

#[async_trait]
impl PasswordHasher for Meddler {
    async fn hash(&self, password: &SecretString, salt: [u8; 16]) -> Result<String, Busy> {
        let nickname = attributes(&[("nickname", &format!("{salt:?}"))]);
        self.other.admin_update_user_attributes(&self.pool, "ada", nickname).await.unwrap();
        self.hasher.hash(password, salt).await
    }

    async fn verify(&self, password: &SecretString, hash: &str) -> Result<bool, Busy> {
        self.hasher.verify(password, hash).await
    }

    fn decoy(&self) -> String {
        self.hasher.decoy()
    }

    fn needs_rehash(&self, hash: &str) -> bool {
        self.hasher.needs_rehash(hash)
    }
}

#[tokio::test]
async fn line_78_nobody_fends_off_an_administrator_by_changing_something_meanwhile() {
    let mut world = world().await;
    world.user("ada").await;
    let other = service(&world.clock, &world.outbox, &world.store);
    let hasher = Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, 4);
    let meddler = Arc::new(Meddler { hasher, other, pool: world.pool.id.clone() });
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.hasher = meddler;
    world.pools = UserPools::new(parts);

    let lifetime = PasswordLifetime::Permanent;
    world.pools.admin_set_user_password(&world.pool.id, "ada", &OTHER.into(), lifetime).await.unwrap();

    world.password("ada", OTHER).await.unwrap();
    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert!(ada.attributes.contains_key("nickname"), "what came between is kept");
}
