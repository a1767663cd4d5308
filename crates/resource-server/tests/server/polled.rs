//! Lists of revocations, polled.

use std::cell::RefCell;
use std::collections::VecDeque;

use credential_vending::CredentialError;
use credential_vending::RevocationList;
use credential_vending::model::{Revocation, Revoked};
use futures::FutureExt as _;
use resource_server::{Access, Body, Missed};

use crate::world::{World, world};

fn list(world: &World, revoked: Option<Revoked>) -> String {
    let revocations = revoked.map(|what| Revocation { id: 1, what, at: world.now() }).into_iter().collect();
    RevocationList { issued_at: world.now(), revocations }.sign(&world.key)
}

fn is_admitted(world: &World, with: &credential_vending::Credentials) -> bool {
    let access = Access::to("notes:Read", "arn:aws:notes:::engines/1");
    world.server.check(&world.get(with, "/engines/1"), &Body::Bytes(b""), &access).is_ok()
}

#[test]
fn each_round_takes_what_was_fetched_and_says_what_was_missed() {
    let world = world();
    let ada = world.ada();
    world.clock.advance_seconds(1);
    let fetched = RefCell::new(VecDeque::from([
        Err("no answer"),
        Ok("no list".to_owned()),
        Ok(list(&world, Some(Revoked::Everything))),
        Ok(list(&world, Some(Revoked::Everything))),
    ]));
    let rounds = RefCell::new(Vec::new());

    let fetch = || {
        let next = fetched.borrow_mut().pop_front();
        async { next.unwrap() }
    };
    let pause = |round: Result<(), Missed<&str>>| {
        rounds
            .borrow_mut()
            .push((round.map_err(|missed| matches!(missed, Missed::Fetch("no answer"))), is_admitted(&world, &ada)));
        let last = fetched.borrow().is_empty();
        async move {
            if last {
                std::future::pending::<()>().await;
            }
        }
    };
    assert!(world.server.follow(fetch, pause).now_or_never().is_none());

    assert_eq!(*rounds.borrow(), [(Err(true), true), (Err(false), true), (Ok(()), false), (Ok(()), false)]);
}

#[test]
fn a_list_that_is_none_is_told_as_such() {
    let missed: Missed<()> = CredentialError::Invalid.into();

    assert_eq!(missed.to_string(), "the credentials are not valid");
}
