//! Codes, budgets, counted attempts, and what is known of sign-ins.

use userpool_core::model::attempts::Attempts;
use userpool_core::model::code::{Code, CodePurpose};
use userpool_core::model::code_budget::CodeBudget;
use userpool_core::model::message_limits::Volume;
use userpool_core::model::pool::Contact;
use userpool_core::model::rate::Spent;
use userpool_core::model::risk::RiskLevel;
use userpool_core::model::sign_in_history::{
    AuthEvent, AuthEventKind, AuthEventResponse, Feedback, FeedbackBy, Known, Place, SignInHistory,
};
use userpool_core::storage::{AttemptsWrite, CodeWrite, ProtectionWrite, UserPoolStorage, Write};

use crate::pool::pool;
use crate::{AT, pool_id, sub};

fn code() -> Code {
    Code {
        pool: pool_id(),
        sub: sub(),
        purpose: CodePurpose::VerifyAttribute(Contact::Email),
        contact: Contact::Email,
        address: "ada@example.com".to_owned(),
        hash: vec![1, 2, 3],
        mark: pool().mark(),
        requested_from: Some("source".to_owned()),
        created_at: AT,
        expires_at: AT.plus_seconds(3600),
    }
}

fn budget() -> CodeBudget {
    let spent = |count| Spent { count, since: AT, last: AT };
    let volume = Volume { day: 4, today: 5, month: 6, this_month: 7, last: AT };
    CodeBudget { tries: 1, tried: true, guesses: spent(2), sends: spent(3), volume }
}

fn attempts() -> Attempts {
    Attempts { count: 3, in_a_row: 4, last: Some(AT) }
}

fn history() -> SignInHistory {
    let text = |text: &str| Some(text.to_owned());
    let known = |hash: &str| Known { hash: hash.to_owned(), last: AT };
    SignInHistory {
        devices: vec![known("d")],
        networks: vec![known("n")],
        last_place: Some((Place { country: text("Germany"), city: text("Berlin"), position: Some((52.5, 13.5)) }, AT)),
        events: vec![AuthEvent {
            id: "event".to_owned(),
            kind: AuthEventKind::SignIn,
            at: AT,
            response: AuthEventResponse::Pass,
            risk: Some(RiskLevel::Low),
            blocked: false,
            compromised: true,
            client: text("client1"),
            challenge: text("SMS_MFA"),
            address: text("192.0.2.1"),
            device_name: text("Firefox"),
            city: text("Berlin"),
            country: text("Germany"),
            feedback: Some(Feedback { valid: false, by: FeedbackBy::User, at: AT }),
        }],
    }
}

/// Of codes, and of what limits guesses at them and at passwords.
pub(crate) fn writes() -> Vec<Write> {
    let (pool, name) = (pool_id(), "name".to_owned());
    vec![
        CodeWrite::Put { code: code() }.into(),
        CodeWrite::SetBudget { pool: pool.clone(), name: name.clone(), before: None, after: budget() }.into(),
        AttemptsWrite::Set { pool: pool.clone(), name, before: None, after: attempts() }.into(),
        ProtectionWrite::SetHistory { pool, sub: sub(), before: None, after: history() }.into(),
    ]
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let (id, name) = (pool_id(), "name".to_owned());
    assert_eq!(storage.codes().get(&id, &sub(), code().purpose).await.unwrap().unwrap().record, code());
    assert_eq!(storage.attempts().get(&id, &name).await.unwrap().unwrap().record, attempts());
    assert_eq!(storage.codes().budgets(&id, &[name]).await.unwrap()[0].as_ref().unwrap().record, budget());
    assert_eq!(storage.protections().history(&id, &sub()).await.unwrap().unwrap().record, history());
}
