//! Line 62: an address that is a factor, or brings the password back of somebody who has a second factor, is replaced by a
//! fresh sign-in that is as strong as the user's factors.

use std::collections::BTreeSet;

use identity_kernel::secret::SecretString;
use userpool_core::model::factors::{MfaMode, MfaSettings, SecondFactor};
use userpool_core::model::pool::{AccountRules, Contact};
use userpool_core::ops::sign_in::{Answer, AuthOutcome};
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::{Error, Refusal};

use crate::factors::{PHONE, challenged, pool_of_codes, pool_with, signed_in};
use crate::round_trips::counted;
use crate::world::{PASSWORD, World, attributes, world_with};

const NEW: &str = "new@example.com";

fn needed() -> Error {
    Refusal::FreshSignInNeeded.into()
}

/// A pool with second factors by mail, whose rules are these.
async fn mails(rules: AccountRules) -> World {
    world_with(|pool, _| {
        let (mode, kinds) = (MfaMode::Optional, BTreeSet::from([SecondFactor::Email]));
        pool.settings.mfa = MfaSettings { mode, kinds, ..MfaSettings::default() };
        pool.settings.account_rules = rules;
    })
    .await
}

impl World {
    async fn give(&self, token: &SecretString, name: &str, value: &str) -> Result<(), Error> {
        self.pools.update_user_attributes(token, attributes(&[(name, value)])).await.map(drop)
    }

    /// Signs in with the password and the code that is mailed.
    async fn strongly(&self, name: &str) -> SecretString {
        let asked = challenged(self.password(name, PASSWORD).await);
        let code = self.code(name);
        signed_in(self.sent_code(name, &asked.session, Contact::Email, &code).await).access_token
    }

    async fn email(&self, name: &str) -> String {
        self.pools.admin_get_user(&self.pool.id, name).await.unwrap().attributes["email"].clone()
    }
}

#[tokio::test]
async fn line_62_a_stale_or_weak_sign_in_replaces_no_address_that_a_second_factor_goes_to() {
    let at_once = AccountRules { keep_email_until_verified: false, ..AccountRules::HARDENED };
    for rules in [AccountRules::HARDENED, at_once] {
        let world = mails(rules).await;
        world.user("ada").await;
        let weak = world.tokens("ada").await.access_token;
        world.prefer("ada", SecondFactor::Email, true).await;
        let strong = world.strongly("ada").await;
        let code_before = world.code("ada");

        assert_eq!(world.give(&weak, "email", NEW).await.unwrap_err(), needed(), "weak");
        world.clock.advance_seconds(15 * 60 + 1);
        assert_eq!(world.give(&strong, "email", NEW).await.unwrap_err(), needed(), "stale");

        let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
        assert_eq!((ada.attributes["email"].as_str(), ada.pending.len()), ("ada@example.com", 0));
        assert_eq!(world.code("ada"), code_before, "no code is sent");
        world.give(&strong, "email", "ada@example.com").await.unwrap();
        world.give(&strong, "nickname", "countess").await.unwrap();
        world.give(&world.strongly("ada").await, "email", NEW).await.unwrap();
    }
}

#[tokio::test]
async fn line_62_an_address_that_waits_takes_the_place_of_a_second_factors_by_a_fresh_and_strong_sign_in() {
    let world = mails(AccountRules::HARDENED).await;
    world.user("ada").await;
    let weak = world.tokens("ada").await.access_token;
    world.give(&weak, "email", NEW).await.unwrap();
    let code = world.code("ada");
    world.prefer("ada", SecondFactor::Email, true).await;
    let verify = async |token: &SecretString| world.pools.verify_user_attribute(token, Contact::Email, &code).await;

    for _ in 0..6 {
        assert_eq!(verify(&weak).await.unwrap_err(), needed(), "no guess is counted");
    }
    let strong = world.strongly("ada").await;
    world.clock.advance_seconds(15 * 60 + 1);
    assert_eq!(verify(&strong).await.unwrap_err(), needed());

    assert_eq!(world.email("ada").await, "ada@example.com");
    verify(&world.strongly("ada").await).await.unwrap();
    assert_eq!(world.email("ada").await, NEW);
}

#[tokio::test]
async fn line_62_who_has_an_app_gives_no_address_that_brings_the_password_back_by_an_old_sign_in() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let weak = world.tokens("ada").await;
    let app = world.enrol(&weak).await;
    world.prefer("ada", SecondFactor::SoftwareToken, true).await;
    world.user("eve").await;
    let without = world.tokens("eve").await.access_token;
    world.clock.advance_seconds(15 * 60 + 1);
    let asked = challenged(world.password("ada", PASSWORD).await);
    let strong = signed_in(world.app_code("ada", &asked.session, &app.code(&world)).await).access_token;

    for (name, value) in [("email", NEW), ("phone_number", PHONE)] {
        assert_eq!(world.give(&weak.access_token, name, value).await.unwrap_err(), needed(), "{name}");
        world.give(&strong, name, value).await.unwrap();
    }

    world.give(&without, "phone_number", PHONE).await.unwrap();
    world.give(&without, "email", NEW).await.unwrap();
}

#[tokio::test]
async fn line_62_an_address_that_sign_ins_begin_with_is_replaced_by_a_fresh_sign_in() {
    for (world, refuses) in [(pool_of_codes().await, true), (pool_with(MfaMode::Off, &[]).await, false)] {
        world.user("ada").await;
        let token = world.tokens("ada").await.access_token;
        world.clock.advance_seconds(15 * 60 + 1);

        let stale = world.give(&token, "email", NEW).await;

        assert_eq!(stale.err(), refuses.then(needed));
        world.give(&world.tokens("ada").await.access_token, "email", NEW).await.unwrap();
    }
}

#[tokio::test]
async fn by_cognitos_rules_any_access_token_replaces_an_address() {
    let world = mails(AccountRules::COGNITO).await;
    world.user("ada").await;
    let weak = world.tokens("ada").await.access_token;
    world.prefer("ada", SecondFactor::Email, true).await;
    world.clock.advance_seconds(15 * 60 + 1);

    world.give(&weak, "email", NEW).await.unwrap();

    assert_eq!(world.email("ada").await, NEW);
}

#[tokio::test]
async fn line_62_an_address_of_somebody_without_factors_is_replaced_at_no_read_more() {
    let mut reads = Vec::new();
    for fresh in [false, true] {
        let rules = AccountRules { factors_need_fresh_sign_in: fresh, ..AccountRules::HARDENED };
        let world = world_with(|pool, _| pool.settings.account_rules = rules).await;
        world.user("ada").await;
        let (world, store) = counted(world);
        let token = world.tokens("ada").await.access_token;
        store.reset();
        world.give(&token, "email", NEW).await.unwrap();
        reads.push((store.reads(), store.commits()));
    }

    assert_eq!(reads[0], reads[1]);
}

#[tokio::test]
async fn line_62_a_temporary_password_neither_replaces_nor_removes_the_address_that_the_second_factor_goes_to() {
    for rules in [AccountRules::HARDENED, AccountRules::COGNITO] {
        let world = mails(rules).await;
        world.user("ada").await;
        world.prefer("ada", SecondFactor::Email, true).await;
        let temporary = SecretString::from("Temp0rary!pass-phrase");
        world
            .pools
            .admin_set_user_password(&world.pool.id, "ada", &temporary, PasswordLifetime::Temporary)
            .await
            .unwrap();
        let AuthOutcome::NewPasswordRequired(asked) = world.password("ada", temporary.expose()).await.unwrap() else {
            panic!("no new password is asked for")
        };
        let choose = |email: &str| Answer::NewPassword {
            session: asked.session.clone(),
            password: "An0ther!pass-phrase".into(),
            attributes: attributes(&[("email", email)]),
        };

        for email in [NEW, ""] {
            assert_eq!(world.answer("ada", choose(email)).await.unwrap_err(), needed(), "{email:?}");
        }

        assert_eq!(world.email("ada").await, "ada@example.com");
        challenged(world.answer("ada", choose("ada@example.com")).await);
    }
}
