use std::error::Error as StdError;

use identity_kernel::secret::SecretString;

use crate::model::delivery::Delivery;
use crate::ports::MessageReason;

/// A message that was not handed over, as operators may read of it: the address is masked wherever it stood, and what the
/// message brought is cut out.
///
/// It is the `source()` of [`Error::CodeDelivery`](crate::Error::CodeDelivery) and goes along with
/// [`Action::SendMessage`](crate::ports::Action::SendMessage).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a message ({}) to {} was not handed over: {because}", reason.name(), delivery.destination)]
#[non_exhaustive]
pub struct Undelivered {
    /// Why it was sent.
    pub reason: MessageReason,
    /// Where to.
    pub delivery: Delivery,
    /// Every cause, the nearest first; 500 characters at most.
    pub because: String,
}

/// The most characters of [`Undelivered::because`]: what a mail server answers may be a page.
const MOST_CHARACTERS: usize = 500;

impl Undelivered {
    /// What may be told of `error`, for which a message with this secret did not reach this address.
    pub fn new(
        reason: MessageReason,
        delivery: Delivery,
        (address, secret): (&str, &SecretString),
        error: &(dyn StdError + 'static),
    ) -> Self {
        let causes = std::iter::successors(Some(error), |error| (*error).source());
        let because = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        let because = without(&because, secret.expose(), "(..)");
        let because = without(&because, address, &delivery.destination);
        Self { reason, because: because.chars().take(MOST_CHARACTERS).collect(), delivery }
    }
}

/// `text` with `shown` in the place of `hidden`, in capitals or not.
fn without(text: &str, hidden: &str, shown: &str) -> String {
    if hidden.is_empty() {
        return text.to_owned();
    }
    let (lower, hidden) = (text.to_ascii_lowercase(), hidden.to_ascii_lowercase());
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(&hidden)) {
        out.push_str(text.get(from..from + at).unwrap_or_default());
        out.push_str(shown);
        from += at + hidden.len();
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pool::Contact;

    #[test]
    fn line_64_a_failure_is_told_without_the_code_and_with_the_address_masked() {
        let answer = "550 <Ada@Example.com> is full; said: ÄÖ 123456 to ada@example.com";
        let error = crate::ports::DeliveryError(answer.into());
        let delivery = Delivery::to(Contact::Email, "ada@example.com");

        let told = Undelivered::new(MessageReason::SignUp, delivery, ("ada@example.com", &"123456".into()), &error)
            .to_string();

        assert_eq!(
            told,
            "a message (SignUp) to a***@e*** was not handed over: the message could not be handed over: 550 <a***@e***> \
             is full; said: ÄÖ (..) to a***@e***"
        );
    }

    #[test]
    fn a_long_answer_is_cut_after_it_was_cleaned() {
        let error = crate::ports::DeliveryError(format!("{}123456", "x".repeat(460)).into());
        let delivery = Delivery::to(Contact::Email, "ada@example.com");

        let told = Undelivered::new(MessageReason::SignUp, delivery, ("", &"123456".into()), &error);

        assert_eq!(told.because.chars().count(), 500);
        assert!(!told.because.contains("12345"));
    }
}
