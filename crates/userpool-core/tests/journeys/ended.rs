//! What ends a session ends it for good, what is counted against one user is counted against no other, and each door has its own
//! flows.

use userpool_core::model::pool::AccountRules;
use userpool_core::ops::sign_in::{Caller, InitiateAuth, SignInFlow};
use userpool_core::ops::tokens::Tokens;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::{Error, Invalid, Refusal};

use crate::factors::wrong;
use crate::world::{PASSWORD, World, world, world_with};

const NEXT: &str = "quite another battery";
const THIRD: &str = "a third long password";

async fn assert_ended(world: &World, tokens: &Tokens, by: &str) {
    let refused = world.refresh_plainly(tokens).await.unwrap_err();
    assert_eq!(refused, Error::NotAuthorized(Refusal::RefreshTokenRevoked), "{by}");
    let refused = world.pools.get_user(&tokens.access_token).await.unwrap_err();
    assert!(matches!(refused, Error::NotAuthorized(_)), "{by}: {refused:?}");
}

impl World {
    async fn refresh_plainly(&self, tokens: &Tokens) -> Result<(), Error> {
        let token = tokens.refresh_token.clone().unwrap();
        self.begin(SignInFlow::RefreshToken { token }).await.map(drop)
    }

    async fn reset_with_code(&self, name: &str) {
        let code = self.outbox.code_for(name).unwrap();
        self.reset(name, &code, NEXT).await.unwrap();
    }
}

#[tokio::test]
async fn line_78_a_session_from_before_a_user_was_disabled_or_told_to_reset_is_over_for_good() {
    for rules in [AccountRules::HARDENED, AccountRules::COGNITO] {
        let world = world_with(|pool, _| pool.settings.account_rules = rules).await;
        let pool = &world.pool.id;
        for name in ["ada", "eve", "joe"] {
            world.user(name).await;
        }
        let (ada, eve, joe) = (world.tokens("ada").await, world.tokens("eve").await, world.tokens("joe").await);

        world.pools.admin_disable_user(pool, "ada").await.unwrap();
        world.pools.admin_enable_user(pool, "ada").await.unwrap();
        assert_ended(&world, &ada, "disabled").await;
        world.pools.admin_reset_user_password(pool, "eve").await.unwrap();
        world.reset_with_code("eve").await;
        assert_ended(&world, &eve, "told to reset").await;
        let temporary = PasswordLifetime::Temporary;
        world.pools.admin_set_user_password(pool, "joe", &NEXT.into(), temporary).await.unwrap();
        world.pools.admin_set_user_password(pool, "joe", &THIRD.into(), PasswordLifetime::Permanent).await.unwrap();
        assert_ended(&world, &joe, "given a temporary password").await;
    }
}

#[tokio::test]
async fn line_78_another_password_ends_sessions_where_the_rules_of_the_pool_say_so() {
    for (rules, ends) in [(AccountRules::HARDENED, true), (AccountRules::COGNITO, false)] {
        let world = world_with(|pool, _| pool.settings.account_rules = rules).await;
        for name in ["ada", "eve"] {
            world.user(name).await;
        }
        let (ada, eve) = (world.tokens("ada").await, world.tokens("eve").await);
        let permanent = PasswordLifetime::Permanent;
        world.pools.admin_set_user_password(&world.pool.id, "ada", &NEXT.into(), permanent).await.unwrap();
        world.forgot("eve").await.unwrap();
        world.reset_with_code("eve").await;

        for tokens in [&ada, &eve] {
            if ends {
                assert_ended(&world, tokens, "another password").await;
            } else {
                world.refresh_plainly(tokens).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn line_43_guesses_at_one_users_code_are_not_counted_against_another_user_of_another_address() {
    let world = world().await;
    for name in ["ada", "eve"] {
        world.user(name).await;
        world.forgot(name).await.unwrap();
    }
    let (ada, eve) = (world.outbox.code_for("ada").unwrap(), world.outbox.code_for("eve").unwrap());
    let guess = wrong(&ada.as_str().into());
    for _ in 0..5 {
        assert_eq!(world.reset("ada", guess.expose(), NEXT).await, Err(Error::CodeMismatch));
    }
    assert!(matches!(world.reset("ada", &ada, NEXT).await, Err(Error::LimitExceeded { .. })));

    world.reset("eve", &eve, NEXT).await.unwrap();
}

#[tokio::test]
async fn the_flow_of_administrators_is_not_open_to_the_public_nor_the_publics_to_administrators() {
    let world = world().await;
    world.user("ada").await;
    let sign_in = async |caller, flow| {
        let request = InitiateAuth { client: world.client.id.clone(), caller, secret_hash: None, flow };
        world.pools.initiate_auth(request).await.map(drop)
    };
    let by_user = || SignInFlow::UserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
    let by_admin = || SignInFlow::AdminUserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
    let admin = || Caller::Admin(world.pool.id.clone());

    assert_eq!(sign_in(Caller::Public, by_user()).await, Ok(()));
    assert_eq!(sign_in(admin(), by_admin()).await, Ok(()));
    assert_eq!(sign_in(Caller::Public, by_admin()).await, Err(Invalid::FlowNotForCaller.into()));
    assert_eq!(sign_in(admin(), by_user()).await, Err(Invalid::FlowNotForCaller.into()));
}
