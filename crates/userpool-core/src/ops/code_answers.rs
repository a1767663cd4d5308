//! Codes that somebody signs in with, sent or made by an app: asked for, and answered.

use identity_kernel::secret::SecretString;
use serde_json::json;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::ceremony::{Ceremony, Challenge, Evidence, FirstFactor, Place};
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::delivery::Delivery;
use crate::model::factors::{Demand, SecondFactor};
use crate::model::pool::{Contact, UserPool};
use crate::model::totp::{self, Typed};
use crate::model::user::User;
use crate::ops::app_guesses::AppGuess;
use crate::ops::attributes::{self, Author};
use crate::ops::case::Case;
use crate::ops::ceremonies::{Attempt, spend, stopped};
use crate::ops::code_target::Within;
use crate::ops::codes::RightGuess;
use crate::ops::messages::CodeOrder;
use crate::ops::outcome::{AuthOutcome, Caller};
use crate::ops::unseen::{Meant, UnseenCode};
use crate::ports::MessageReason;
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::{CodeWrite, FactorWrite, UserWrite, Write};

/// Through what an answer comes.
type Through<'a> = (&'a UserPool, &'a AppClient, &'a Caller);

impl UserPools {
    /// Sends a code, and asks for it. To nobody none is sent, at the same cost to the budgets.
    #[expect(clippy::single_match_else, reason = "somebody and nobody stand side by side")]
    pub(crate) async fn ask_for_code(
        &self,
        attempt: &Attempt<'_>,
        ceremony: &Ceremony,
        contact: Contact,
        place: Place,
    ) -> Result<AuthOutcome, Error> {
        let Attempt { pool, client, caller, name, user, .. } = attempt;
        let purpose = CodePurpose::SignIn(contact);
        // A first factor stands alone, and has more digits.
        let digits = if place == Place::First { 8 } else { 6 };
        let within = Some(Within { sign_in: &ceremony.sign_in, digits });
        let known = user.as_deref().and_then(|user| Some((user, user.address(contact)?)));
        let hidden = client.settings.prevent_user_existence_errors && caller.is_user();
        let delivery = match known {
            _ if hidden && place == Place::First => {
                Box::pin(self.send_first_code_unseen(attempt, contact, Within { sign_in: &ceremony.sign_in, digits }))
                    .await?
            }
            Some((user, address)) => {
                let reason = MessageReason::Authentication;
                let client = Some(*client);
                let order = CodeOrder { pool, client, user, purpose, contact, address, reason, within };
                self.send_code(order, Vec::new()).await?
            }
            None => {
                let target = self.code_target(pool, Some(client), None, name, purpose);
                let target = target.pretending(&self.message_limits_of(pool), contact);
                self.commit_send(&target, Vec::new(), Error::from).await?;
                self.pretended_delivery_to(pool, contact, name)
            }
        };
        let medium = match contact {
            Contact::Email => "EMAIL",
            Contact::PhoneNumber => "SMS",
        };
        let sent =
            [("CODE_DELIVERY_DELIVERY_MEDIUM", medium.to_owned()), ("CODE_DELIVERY_DESTINATION", delivery.destination)];
        match (place, user) {
            (Place::Second, Some(user)) => {
                let [medium, destination] = sent;
                let user_id = ("USER_ID_FOR_SRP", user.username.to_string());
                self.asked(ceremony, [medium, destination, user_id], Vec::new())
            }
            _ => {
                let itself = FirstFactor::named(ceremony.next.name());
                self.asked(ceremony, sent, itself.into_iter().collect())
            }
        }
    }

    /// Sends a code to sign in with where users are hidden: to nobody, and to whoever has no address, none is sent, at the same cost.
    async fn send_first_code_unseen(
        &self,
        attempt: &Attempt<'_>,
        contact: Contact,
        within: Within<'_>,
    ) -> Result<Delivery, Error> {
        let Attempt { pool, client, name, user, .. } = attempt;
        let purpose = CodePurpose::SignIn(contact);
        let stand_in = self.stand_in(pool, self.nobody(pool, name), contact)?;
        let known = user.as_deref().and_then(|user| Some((user, user.address(contact)?)));
        let (shown, user, target, address, meant) = if let Some((user, address)) = known {
            let target = self.code_target_of(pool, Some(client), user.sub.clone(), Some(&address), purpose);
            (Delivery::to(contact, &address), user, target, address, Meant::ForUser)
        } else {
            let target = self.code_target(pool, Some(client), None, name, purpose);
            let nowhere = target.counted_at.clone();
            (self.pretended_delivery_to(pool, contact, name), &stand_in, target, nowhere, Meant::ForNobody)
        };
        let (target, address, reason) = (target.within(within), (contact, address), MessageReason::Authentication);
        Box::pin(self.send_unseen(UnseenCode { pool, client, user, target, address, reason, meant })).await?;
        Ok(shown)
    }

    /// Asks for an app's code, for a choice among second factors, or for one to be set up.
    pub(crate) fn ask_for_second(&self, attempt: &Attempt<'_>, ceremony: &Ceremony) -> Result<AuthOutcome, Error> {
        let user = attempt.user.as_ref().ok_or(Refusal::SessionInvalid)?;
        let user_id = ("USER_ID_FOR_SRP", user.username.to_string());
        let names = |factors: Vec<SecondFactor>| {
            json!(factors.into_iter().map(SecondFactor::name).collect::<Vec<_>>()).to_string()
        };
        let demand = attempt.judge(|facts| ceremony.demand(facts));
        match (&ceremony.next, demand) {
            (Challenge::SelectSecond {}, Demand::OneOf(factors)) => {
                self.asked(ceremony, [user_id, ("MFAS_CAN_CHOOSE", names(factors))], Vec::new())
            }
            (Challenge::SetUp {} | Challenge::SetUpDone {}, Demand::SetUp(kinds)) => {
                self.asked(ceremony, [user_id, ("MFAS_CAN_SETUP", names(kinds))], Vec::new())
            }
            _ => {
                let token = attempt.second.as_ref().and_then(|second| second.software_token.as_ref());
                let name = token.map(|token| token.name.clone()).filter(|name| !name.is_empty());
                match name {
                    Some(name) => self.asked(ceremony, [user_id, ("FRIENDLY_DEVICE_NAME", name)], Vec::new()),
                    None => self.asked(ceremony, [user_id], Vec::new()),
                }
            }
        }
    }

    /// Takes a code that was sent. A wrong one leaves the step to be answered again.
    pub(crate) async fn answer_code(
        &self,
        case: &mut Case,
        through: Through<'_>,
        username: &str,
        session: &SecretString,
        (contact, typed): (Contact, &SecretString),
    ) -> Result<AuthOutcome, Error> {
        let (ceremony, mut attempt) = self.resume(through, username, session).await?;
        case.user = attempt.user.as_ref().map(|user| user.sub.clone());
        match ceremony.next {
            Challenge::Code { contact: asked, .. } if asked == contact => {}
            _ => return Err(Refusal::SessionInvalid.into()),
        }
        let right = self.guess_sign_in_code(&attempt, &ceremony, contact, typed).await?;
        let (challenge, spent) = (ceremony.next.clone(), spend(&ceremony));
        let step = self.advance(&attempt, ceremony, Evidence::Code(right.is_some()));
        let step = step.map_err(|stop| stopped(&challenge, stop))?;
        let RightGuess { code, give_back } = right.ok_or(Error::CodeMismatch)?;
        let mut writes = vec![spent];
        writes.extend(self.prove_address(&mut attempt, &code));
        writes.push(CodeWrite::Spend { before: code }.into());
        let outcome = self.go_on(&attempt, step, writes).await?;
        self.give_back(give_back).await;
        Ok(outcome)
    }

    /// Counts a guess and looks at it; `None` if it is wrong, whatever the reason: of a code that was sent nothing else is
    /// told, also to nobody.
    async fn guess_sign_in_code(
        &self,
        attempt: &Attempt<'_>,
        ceremony: &Ceremony,
        contact: Contact,
        typed: &SecretString,
    ) -> Result<Option<RightGuess>, Error> {
        let Attempt { pool, client, caller, name, user, .. } = attempt;
        self.count_attempt(pool, caller, user.as_deref(), name, Vec::new()).await?;
        let target = self.code_target(pool, Some(client), user.as_deref(), name, CodePurpose::SignIn(contact));
        let target = target.within(Within { sign_in: &ceremony.sign_in, digits: 0 });
        match self.guess_code(pool, &target, typed).await {
            Ok(right) => {
                let address = user.as_ref().and_then(|user| user.address(contact));
                Ok(Some(right).filter(|right| address.as_ref() == Some(&right.code.address)))
            }
            Err(Error::CodeMismatch | Error::ExpiredCode) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A right code proves the address that it was sent to.
    fn prove_address(&self, attempt: &mut Attempt<'_>, code: &Code) -> Option<Write> {
        let before = attempt.user.clone().filter(|user| !user.has_verified(code.contact))?;
        let mut after = before.record.clone();
        after.attributes.insert(code.contact.verified_attribute().to_owned(), "true".to_owned());
        after.refresh_names(attempt.pool);
        after.modified_at = self.now();
        attempt.user = Some(before.clone().written(after.clone()));
        Some(UserWrite::Update { before, after }.into())
    }

    /// Takes the code of an authenticator app. A wrong one leaves the step to be answered again, five times.
    pub(crate) async fn answer_software_token(
        &self,
        case: &mut Case,
        through: Through<'_>,
        username: &str,
        session: &SecretString,
        typed: &SecretString,
    ) -> Result<AuthOutcome, Error> {
        let (ceremony, mut attempt) = self.resume(through, username, session).await?;
        case.user = attempt.user.as_ref().map(|user| user.sub.clone());
        let (Challenge::SoftwareToken {}, Some(user)) = (&ceremony.next, &attempt.user) else {
            return Err(Refusal::SessionInvalid.into());
        };
        self.count_attempt(attempt.pool, attempt.caller, Some(user), username, Vec::new()).await?;
        let give_back = self.count_guess_of_app(&user.pool, &user.sub, AppGuess::SignIn(&ceremony.id)).await?;
        let judged = self.judge_app_code(user, &attempt, typed)?;
        if judged == Typed::Used {
            return Err(Error::SoftwareTokenUsed);
        }
        let (challenge, spent) = (ceremony.next.clone(), spend(&ceremony));
        let right = matches!(judged, Typed::Right(_));
        let step = self.advance(&attempt, ceremony, Evidence::SoftwareToken(right));
        let step = step.map_err(|stop| stopped(&challenge, stop))?;
        let mut writes = vec![spent];
        writes.extend(take_step(&mut attempt, judged));
        let outcome = self.go_on(&attempt, step, writes).await?;
        self.give_back(give_back).await;
        Ok(outcome)
    }

    fn judge_app_code(&self, user: &User, attempt: &Attempt<'_>, typed: &SecretString) -> Result<Typed, Error> {
        let token = attempt.second.as_ref().and_then(|second| second.software_token.as_ref());
        let token = token.ok_or(Refusal::SessionInvalid)?;
        let seed = self.open_seed(&user.pool, &user.sub, &token.sealed_seed)?;
        Ok(totp::judge(&seed, typed.expose(), Some(token.last_step), self.now()))
    }

    /// Takes the choice of the second factor.
    pub(crate) async fn answer_second_choice(
        &self,
        case: &mut Case,
        through: Through<'_>,
        username: &str,
        session: &SecretString,
        choice: SecondFactor,
    ) -> Result<AuthOutcome, Error> {
        let (ceremony, attempt) = self.resume(through, username, session).await?;
        case.user = attempt.user.as_ref().map(|user| user.sub.clone());
        let (challenge, spent) = (ceremony.next.clone(), spend(&ceremony));
        let step = self.advance(&attempt, ceremony, Evidence::SecondChoice(choice));
        let step = step.map_err(|stop| stopped(&challenge, stop))?;
        self.go_on(&attempt, step, vec![spent]).await
    }

    /// Goes on once a second factor is set up, or sets an e-mail address up and sends a code to it.
    pub(crate) async fn answer_set_up(
        &self,
        case: &mut Case,
        through: Through<'_>,
        username: &str,
        session: &SecretString,
        email: Option<String>,
    ) -> Result<AuthOutcome, Error> {
        let (ceremony, mut attempt) = self.resume(through, username, session).await?;
        case.user = attempt.user.as_ref().map(|user| user.sub.clone());
        if let Some(user) = &attempt.user {
            self.check_attempts(attempt.pool, attempt.caller, user).await?;
        }
        let (challenge, spent) = (ceremony.next.clone(), spend(&ceremony));
        let evidence = match &email {
            Some(_) => Evidence::SetUp(SecondFactor::Email),
            None => Evidence::SetUpDone,
        };
        let step = self.advance(&attempt, ceremony, evidence).map_err(|stop| stopped(&challenge, stop))?;
        let mut writes = vec![spent];
        if let Some(email) = email {
            writes.extend(self.give_email(&mut attempt, email)?);
        }
        self.go_on(&attempt, step, writes).await
    }

    /// The e-mail address of somebody who had none.
    fn give_email(&self, attempt: &mut Attempt<'_>, email: String) -> Result<Option<Write>, Error> {
        let given = Attributes::from([(Contact::Email.attribute().to_owned(), email)]);
        attributes::check(attempt.pool, Author::User(attempt.client), &given)?;
        let Some(before) = attempt.user.clone().filter(|user| user.address(Contact::Email).is_none()) else {
            return Err(Refusal::SessionInvalid.into());
        };
        let mut after = before.record.clone();
        after.attributes.extend(given);
        after.attributes.insert(Contact::Email.verified_attribute().to_owned(), "false".to_owned());
        after.refresh_names(attempt.pool);
        after.modified_at = self.now();
        attempt.user = Some(before.clone().written(after.clone()));
        Ok(Some(UserWrite::Update { before, after }.into()))
    }
}

/// The time step of a right code is taken, for ever and on every node: of two that bring it, one is refused.
fn take_step(attempt: &mut Attempt<'_>, judged: Typed) -> Option<Write> {
    let (Typed::Right(step), Some(user), Some(before)) = (judged, &attempt.user, attempt.second.clone()) else {
        return None;
    };
    let mut after = before.record.clone();
    after.software_token.as_mut()?.last_step = step;
    attempt.second = Some(before.clone().written(after.clone()));
    let (pool, sub) = (user.pool.clone(), user.sub.clone());
    Some(FactorWrite::SetSecond { pool, sub, before: Some(before), after }.into())
}
