use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(1_793_696_707 + seconds)
}

fn sent() -> CodeBudgets {
    CodeBudgets::default().send(at(0)).unwrap()
}

#[test]
fn line_47_the_most_in_a_day_is_what_the_figures_say() {
    let rates = [GUESSES, SENDS_TO_USER, SENDS_TO_ADDRESS, WRONG_FROM_SOURCE, SENDS_FROM_SOURCE, WRONG_IN_POOL];

    let most = rates.map(|rate| rate.most_a_day());

    assert_eq!(most, [20, 52, 15, 400, 360, 1254]);
}

#[test]
fn a_budget_is_forgotten_a_day_and_a_step_of_the_clock_after_the_last_guess_and_message() {
    let spent = |last| Spent { count: 1, since: at(0), last: at(last) };
    for (guess, send) in [(0, 500), (500, 0), (500, 500)] {
        let budget = CodeBudget { guesses: spent(guess), sends: spent(send), ..CodeBudget::default() };
        let whole = at(500 + 86_400 + CLOCK_STEP_SECONDS);

        assert_eq!(budget.whole_at(), whole);
        assert!(!budget.is_whole(whole.plus_seconds(-1)), "{guess} {send}");
        assert!(budget.is_whole(whole) && budget.is_whole(whole.plus_seconds(1)), "{guess} {send}");
    }
}

#[test]
fn line_47_a_code_takes_five_guesses_and_the_next_one_has_what_was_left_and_one_at_least() {
    let mut budgets = sent();
    for _ in 0..5 {
        budgets = budgets.guess(Requester::Same, at(0)).unwrap();
    }
    assert!(budgets.guess(Requester::Same, at(0)).is_err());

    let next = budgets.send(at(0)).unwrap();
    assert_eq!(next.user.tries, 4);
    let next = next.guess(Requester::Same, at(0)).unwrap();
    assert!(next.guess(Requester::Same, at(86_400)).is_err());
    let mut later = next.send(at(86_400)).unwrap();
    for _ in 0..5 {
        later = later.guess(Requester::Same, at(86_400)).unwrap();
    }
}

#[test]
fn the_first_guess_at_a_code_is_judged_when_the_address_and_the_pool_are_spent() {
    let mut budgets = sent();
    for _ in 0..20 {
        budgets.address.guesses = budgets.address.guesses.one_anyway(&GUESSES, at(0));
    }
    for _ in 0..300 {
        budgets = budgets.wrong(at(0));
    }
    let first = budgets.guess(Requester::Same, at(0)).unwrap();
    assert!(first.guess(Requester::Same, at(0)).is_err());
}

#[test]
fn an_address_or_a_pool_that_is_spent_refuses_the_second_guess_each_by_itself() {
    let tried = sent().guess(Requester::Same, at(0)).unwrap();
    assert!(tried.guess(Requester::Same, at(0)).is_ok());
    let mut address = tried;
    for _ in 0..20 {
        address.address.guesses = address.address.guesses.one_anyway(&GUESSES, at(0));
    }
    assert!(address.guess(Requester::Same, at(0)).is_err());
    let pool = (0..250).fold(tried, |budgets, _| budgets.wrong(at(0)));
    assert!(pool.guess(Requester::Same, at(0)).is_err());
}

#[test]
fn line_44_the_last_try_belongs_to_whoever_had_the_code_sent() {
    let mut budgets = sent();
    for _ in 0..4 {
        budgets = budgets.guess(Requester::Another, at(0)).unwrap();
    }
    assert!(budgets.guess(Requester::Another, at(0)).is_err());
    assert!(budgets.guess(Requester::Same, at(0)).is_ok());
}

#[test]
fn a_source_that_guessed_wrongly_too_often_is_refused_whatever_the_user() {
    let mut budgets = CodeBudgets { source: Some(CodeBudget::default()), ..sent() };
    for _ in 0..100 {
        budgets = budgets.wrong(at(0));
    }
    assert!(budgets.guess(Requester::Same, at(0)).is_err());
    assert!(CodeBudgets { source: None, ..budgets }.guess(Requester::Same, at(0)).is_ok());
}

#[test]
fn line_64_messages_are_limited_for_the_user_the_address_and_the_source() {
    let mut budgets = sent().send(at(0)).unwrap();
    assert_eq!(budgets.send(at(59)), Err(TooEarly(1)));
    for second in [60, 180] {
        budgets = budgets.send(at(second)).unwrap();
    }
    assert!(budgets.send(at(1700)).is_err(), "four, then one in half an hour");
    budgets.user = CodeBudget::default();
    budgets = budgets.send(at(1700)).unwrap();
    budgets.user = CodeBudget::default();
    assert!(budgets.send(at(1700)).is_err(), "the address has had five");
    let mut source = CodeBudgets { source: Some(CodeBudget::default()), ..CodeBudgets::default() };
    for _ in 0..60 {
        source = CodeBudgets { source: source.send(at(0)).unwrap().source, ..CodeBudgets::default() };
    }
    assert_eq!(source.send(at(0)), Err(TooEarly(288)));
}

#[test]
fn a_right_guess_did_not_count() {
    let right = sent().guess(Requester::Same, at(0)).unwrap().right();
    assert_eq!(right, CodeBudgets { user: CodeBudget { guesses: right.user.guesses, ..sent().user }, ..right });
    assert_eq!((right.user.guesses.count, right.address.guesses.count, right.user.tries), (0, 0, 0));
}

#[test]
fn line_43_a_day_sees_fewer_than_fifty_guesses_at_one_address() {
    assert!(GUESSES.most_a_day() + SENDS_TO_ADDRESS.most_a_day() < 50);
}

#[test]
fn a_right_guess_that_signed_somebody_in_gives_itself_and_its_message_back_and_nothing_else() {
    let guessed = |budgets: CodeBudgets| budgets.guess(Requester::Same, at(0)).unwrap();
    let before = guessed(guessed(sent().send(at(0)).unwrap()).wrong(at(0)));
    let counts = |budget: &CodeBudget| (budget.guesses.count, budget.sends.count);
    assert_eq!((counts(&before.user), counts(&before.address)), ((2, 2), (2, 2)));

    let after = before.signed_in();

    assert_eq!((counts(&after.user), counts(&after.address)), ((1, 1), (1, 1)));
    assert_eq!((after.pool, after.source), (before.pool, before.source));
}

#[test]
fn whoever_has_no_try_left_is_told_when_another_code_can_be_sent() {
    let mut budgets = sent().send(at(0)).unwrap();
    while let Ok(more) = budgets.guess(Requester::Same, at(0)) {
        budgets = more;
    }

    for (second, left) in [(0, 60), (45, 15), (59, 1), (60, 1)] {
        assert_eq!(budgets.guess(Requester::Same, at(second)), Err(TooEarly(left)), "{second}");
    }
}

#[test]
fn a_challenge_of_an_app_is_remembered_from_its_last_guess_on() {
    let (user, challenge) = guess_of_app(CodeBudget::default(), CodeBudget::default(), at(7)).unwrap();

    assert_eq!((user.guesses.last, challenge.guesses.last, challenge.tries), (at(7), at(7), 1));
    assert!(!challenge.is_whole(at(8)) && !challenge.is_whole(challenge.whole_at().plus_seconds(-1)));
    assert!(challenge.is_whole(challenge.whole_at()));
}
