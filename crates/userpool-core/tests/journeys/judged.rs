//! How answers in sign-ins are judged, without anything around it: what no journey can bring about is refused too.

use std::collections::BTreeSet;

use identity_kernel::time::Clock as _;
use userpool_core::model::acr::Level;
use userpool_core::model::ceremony::{
    CEREMONY_VERSION, Ceremony, Challenge, Evidence, Facts, Place, SRP_A, Step, Stop, binding, first_factors,
};
use userpool_core::model::client::{AllowedFlow, Rotation};
use userpool_core::model::custom::{AnsweredChallenge, CustomChallenge};
use userpool_core::model::device::{Device, DeviceKey};
use userpool_core::model::factors::{FirstFactor, MfaMode, SecondFactor, SecondFactors, SoftwareToken};
use userpool_core::model::gate::{Bar, Way, bar_of_client};
use userpool_core::model::pool::Contact;
use userpool_core::model::risk::RiskAction;
use userpool_core::model::user::{Credential, User, UserStatus};
use userpool_core::{DocumentUserPools, UserPoolStorage};

use crate::world::{World, world};

/// Ada's sign-in, and what is known of her.
struct SignIn {
    world: World,
    ada: User,
    password: Credential,
    second: SecondFactors,
}

async fn sign_in() -> SignIn {
    let mut world = world().await;
    world.user("ada").await;
    world.pool.settings.first_factors.allowed = BTreeSet::from([FirstFactor::Password, FirstFactor::EmailCode]);
    let storage = DocumentUserPools::new(std::sync::Arc::clone(&world.store));
    let found = storage.passwords().with_named_user(&world.pool.id, "ada").await.unwrap();
    let (ada, password) = found.unwrap();
    SignIn { ada: ada.record, password: password.unwrap().record, second: SecondFactors::default(), world }
}

impl SignIn {
    fn asking(&self, next: Challenge) -> Ceremony {
        Ceremony {
            v: CEREMONY_VERSION,
            id: "step".to_owned(),
            sign_in: "sign-in".to_owned(),
            pool: self.world.pool.id.clone(),
            client: self.world.client.id.clone(),
            user: self.ada.sub.clone(),
            known: 1,
            flow: AllowedFlow::UserPassword,
            passed: Vec::new(),
            answered: Vec::new(),
            device: None,
            target: None,
            next,
            bound_to: binding(Some(&self.ada), Some(&self.password)),
            mark: self.world.pool.mark(),
            begun_at: self.world.clock.now(),
            expires_at: self.world.clock.now().plus_seconds(180),
        }
    }

    fn facts<'a>(&'a self, user: Option<&'a User>, device: Option<&'a Device>) -> Facts<'a> {
        Facts {
            pool: &self.world.pool,
            client: &self.world.client,
            user,
            password: Some(&self.password),
            second: &self.second,
            passkey: false,
            risk: RiskAction::NoAction,
            device,
        }
    }

    fn device(&self, key: &DeviceKey) -> Device {
        let now = self.world.clock.now();
        Device {
            pool: self.world.pool.id.clone(),
            sub: self.ada.sub.clone(),
            key: key.clone(),
            name: None,
            client: self.world.client.id.clone(),
            salt: String::new(),
            sealed_verifier: Vec::new(),
            bound_to: String::new(),
            by_two_factors: true,
            remembered: true,
            created_at: now,
            modified_at: now,
            authenticated_at: now,
            address: None,
        }
    }

    fn judge(&self, ceremony: Ceremony, evidence: Evidence, facts: &Facts<'_>) -> Result<Step, Stop> {
        ceremony.advance(evidence, facts, self.world.clock.now())
    }
}

fn by_mail() -> Evidence {
    Evidence::FirstChoice(FirstFactor::EmailCode, Challenge::Code { contact: Contact::Email, place: Place::First })
}

fn key(last: char) -> DeviceKey {
    format!("us-east-1_00000000-0000-4000-8000-00000000000{last}").parse().unwrap()
}

#[tokio::test]
async fn choices_and_beginnings_are_of_the_user_or_of_nobody_and_of_none_in_between() {
    let it = sign_in().await;
    let mut grace = it.ada.clone();
    grace.sub = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    for (known, user, goes_on) in [
        (1, Some(&it.ada), true),
        (0, None, true),
        // Deleted meanwhile, or of a subject that somebody has got: whatever they choose, they get no further.
        (1, None, false),
        (0, Some(&it.ada), false),
        (1, Some(&grace), false),
        (0, Some(&grace), false),
    ] {
        for (next, evidence) in [(Challenge::SelectFirst {}, by_mail()), (Challenge::Define {}, Evidence::Begun)] {
            let ceremony = Ceremony { known, ..it.asking(next) };

            let judged = it.judge(ceremony, evidence, &it.facts(user, None));

            match judged {
                Ok(Step::Ask(..) | Step::Define(_)) => assert!(goes_on, "{known} {user:?}"),
                other => assert!(!goes_on && matches!(other, Err(Stop::Wrong)), "{known} {user:?}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_device_proves_its_own_secret_alone() {
    let it = sign_in().await;
    let (own, other) = (key('1'), key('2'));
    let (mine, theirs) = (it.device(&own), it.device(&other));
    let proof_of = |key: &DeviceKey| Challenge::DeviceVerifier { key: key.clone(), proof_key: String::new() };
    for (device, leads_to, goes_on) in [
        (Some(&mine), proof_of(&own), true),
        (Some(&mine), proof_of(&other), false),
        (Some(&mine), Challenge::Define {}, false),
        (Some(&theirs), proof_of(&own), false),
        (None, proof_of(&own), false),
    ] {
        let asked = it.asking(Challenge::DeviceSrp { key: own.clone() });

        let judged = it.judge(asked, Evidence::DevicePublic(leads_to), &it.facts(Some(&it.ada), device));

        assert_eq!(judged.is_ok(), goes_on, "{judged:?}");
        assert!(goes_on || matches!(judged, Err(Stop::Foreign)), "{judged:?}");
    }
    for (device, goes_on) in [(Some(&mine), true), (Some(&theirs), false), (None, false)] {
        let judged = it.judge(it.asking(proof_of(&own)), Evidence::DeviceProof(true), &it.facts(Some(&it.ada), device));

        assert_eq!(judged.is_ok(), goes_on, "{judged:?}");
    }
}

#[tokio::test]
async fn a_second_factor_is_set_up_that_is_offered_and_no_other() {
    let mut it = sign_in().await;
    it.world.pool.settings.mfa.mode = MfaMode::On;
    it.world.pool.settings.mfa.kinds = BTreeSet::from([SecondFactor::SoftwareToken]);
    for (factor, offered) in [(SecondFactor::SoftwareToken, true), (SecondFactor::Sms, false)] {
        let judged = it.judge(it.asking(Challenge::SetUp {}), Evidence::SetUp(factor), &it.facts(Some(&it.ada), None));

        match judged {
            Ok(Step::Ask(Challenge::SetUpDone {}, _)) => assert!(offered, "{factor:?}"),
            other => assert!(!offered && matches!(other, Err(Stop::NotOffered)), "{factor:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_choice_leads_to_the_challenge_of_what_was_chosen_and_to_no_other() {
    let it = sign_in().await;
    let code = |contact| Challenge::Code { contact, place: Place::First };
    for (chosen, leads_to, goes_on) in [
        (FirstFactor::EmailCode, code(Contact::Email), true),
        (FirstFactor::EmailCode, code(Contact::PhoneNumber), false),
        (FirstFactor::EmailCode, Challenge::Password {}, false),
        (FirstFactor::EmailCode, Challenge::StepUp {}, false),
        (FirstFactor::Password, Challenge::Password {}, true),
        (FirstFactor::Password, code(Contact::Email), false),
    ] {
        let evidence = Evidence::FirstChoice(chosen, leads_to);

        let judged = it.judge(it.asking(Challenge::SelectFirst {}), evidence, &it.facts(Some(&it.ada), None));

        assert_eq!(judged.is_ok(), goes_on, "{chosen:?}: {judged:?}");
        assert!(goes_on || matches!(judged, Err(Stop::NotOffered)), "{judged:?}");
    }
}

#[tokio::test]
async fn where_a_sign_in_is_risky_whoever_has_a_second_factor_is_asked_for_it() {
    let mut it = sign_in().await;
    let now = it.world.clock.now();
    let app = SoftwareToken { sealed_seed: Vec::new(), name: String::new(), last_step: 0, proved_at: now };
    it.second.software_token = Some(app);
    for (risk, asked) in [(RiskAction::NoAction, false), (RiskAction::MfaIfConfigured, true)] {
        let facts = Facts { risk, ..it.facts(Some(&it.ada), None) };

        let judged = it.judge(it.asking(Challenge::Password {}), Evidence::Password(true), &facts);

        match judged {
            Ok(Step::Ask(Challenge::SoftwareToken {}, _)) => assert!(asked, "{risk:?}"),
            other => assert!(!asked && matches!(other, Ok(Step::Done(_))), "{risk:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_is_offered_a_code_by_sms_where_it_is_what_users_have() {
    let mut it = sign_in().await;
    let (mail, sms) = (FirstFactor::EmailCode, FirstFactor::SmsCode);
    for (allowed, verified, offered) in [
        (vec![sms], vec![], vec![sms]),
        (vec![sms], vec![Contact::PhoneNumber], vec![sms]),
        (vec![mail, sms], vec![], vec![mail]),
        (vec![mail, sms], vec![Contact::PhoneNumber], vec![mail, sms]),
    ] {
        it.world.pool.settings.first_factors.allowed = allowed.into_iter().collect();
        it.world.pool.settings.auto_verified = verified.into_iter().collect();

        assert_eq!(first_factors(&it.facts(None, None), None), offered);
    }
}

#[tokio::test]
async fn a_new_password_takes_the_place_of_a_temporary_one_alone() {
    let it = sign_in().await;
    let mut temporary = it.ada.clone();
    temporary.status = UserStatus::ForceChangePassword;
    for (user, goes_on) in [(&temporary, true), (&it.ada, false)] {
        let ceremony = it.asking(Challenge::NewPassword {});

        let judged = it.judge(ceremony, Evidence::NewPassword, &it.facts(Some(user), None));

        assert_eq!(matches!(judged, Ok(Step::Done(_))), goes_on, "{judged:?}");
        assert!(goes_on || matches!(judged, Err(Stop::Foreign)), "{judged:?}");
    }
}

#[tokio::test]
async fn whoever_has_answered_nothing_rightly_is_let_in_by_no_hook() {
    let mut it = sign_in().await;
    it.world.client.settings.explicit_auth_flows.insert(AllowedFlow::Custom);
    let answered = |name: &str, right| AnsweredChallenge { name: name.to_owned(), right, metadata: None };
    for (before, right, lets_in) in [
        (vec![], true, true),
        (vec![], false, false),
        (vec![answered("CUSTOM_CHALLENGE", true)], false, true),
        (vec![answered("CUSTOM_CHALLENGE", false)], false, false),
        // That SRP was begun proves nothing.
        (vec![answered(SRP_A, true)], false, false),
        (vec![answered(SRP_A, false)], false, false),
    ] {
        let next = Challenge::Custom { challenge: CustomChallenge::default() };
        let ceremony = Ceremony { flow: AllowedFlow::Custom, answered: before.clone(), ..it.asking(next) };
        let facts = it.facts(Some(&it.ada), None);
        let Ok(Step::Define(passed)) = it.judge(ceremony, Evidence::Custom(right), &facts) else {
            panic!("the hook is asked")
        };

        let judged = passed.defined(&facts, it.world.clock.now());

        assert_eq!(matches!(judged, Ok(Step::Done(_))), lets_in, "{before:?} {right}: {judged:?}");
        assert!(lets_in || matches!(judged, Err(Stop::Wrong)), "{judged:?}");
    }
}

#[tokio::test]
async fn a_level_that_is_not_reached_and_cannot_be_ends_the_sign_in() {
    let it = sign_in().await;
    for (target, reached) in [(None, true), (Some(Level::One), true), (Some(Level::Four), false)] {
        let ceremony = Ceremony { target, ..it.asking(Challenge::Password {}) };

        let judged = it.judge(ceremony, Evidence::Password(true), &it.facts(Some(&it.ada), None));

        assert_eq!(matches!(judged, Ok(Step::Done(_))), reached, "{target:?}: {judged:?}");
        assert!(reached || matches!(judged, Err(Stop::NotOffered)), "{judged:?}");
    }
}

#[tokio::test]
async fn a_client_whose_tokens_rotate_refreshes_whatever_flows_it_lists() {
    let mut client = sign_in().await.world.client;
    client.settings.explicit_auth_flows = BTreeSet::from([AllowedFlow::UserSrp]);

    let barred = Some(Bar::FlowNotAllowed(AllowedFlow::RefreshToken));
    assert_eq!(bar_of_client(&client, Way::Refresh), barred);
    client.settings.rotation = Some(Rotation { grace_seconds: 0 });
    assert_eq!(bar_of_client(&client, Way::Refresh), None);
    let barred = Some(Bar::FlowNotAllowed(AllowedFlow::UserPassword));
    assert_eq!(bar_of_client(&client, Way::SignIn(AllowedFlow::UserPassword)), barred);
}
