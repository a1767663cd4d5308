//! The texts of messages, and how they are filled in.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::links;
use crate::model::pool::{Contact, PoolSettings};
use crate::ports::{CustomText, MessageReason};
use crate::reasons::Trigger;

/// The texts of one kind of message.
pub(crate) struct Texts<'a> {
    pub(crate) subject: &'a str,
    pub(crate) mail: &'a str,
    pub(crate) sms: &'a str,
}

impl<'a> Texts<'a> {
    pub(crate) fn of(settings: &'a PoolSettings, reason: MessageReason, by_link: bool) -> Self {
        let texts = &settings.messages;
        let or = |text: &'a Option<String>, usual: &'a str| text.as_deref().unwrap_or(usual);
        if by_link {
            return Self {
                subject: or(&texts.by_link.subject, "Your verification link"),
                mail: or(
                    &texts.by_link.body,
                    "Please click the link below to verify your email address. {##Verify Email##}",
                ),
                sms: "",
            };
        }
        match reason {
            MessageReason::SignUp
            | MessageReason::ResendCode
            | MessageReason::VerifyUserAttribute
            | MessageReason::ForgotPassword
            | MessageReason::UpdateUserAttribute => {
                let usual = "Your verification code is {####}.";
                Self {
                    subject: or(&texts.verification_subject, "Your verification code"),
                    mail: or(&texts.verification_body, usual),
                    sms: or(&texts.verification_sms, usual),
                }
            }
            // Its text is made where it is sent: there is no usual one.
            MessageReason::AccountTakeover => Self { subject: "A sign-in", mail: "", sms: "" },
            MessageReason::Authentication => {
                let (mfa, usual) = (&settings.mfa, "Your authentication code is {####}.");
                Self {
                    subject: or(&mfa.email_subject, "Your authentication code"),
                    mail: or(&mfa.email_message, usual),
                    sms: or(&mfa.sms_message, usual),
                }
            }
            // As above: what it says stands in the notice.
            MessageReason::Notice(_) => Self { subject: "", mail: "", sms: "" },
            MessageReason::AdminCreateUser => {
                let usual = "Your username is {username} and temporary password is {####}.";
                Self {
                    subject: or(&texts.invitation_subject, "Your temporary password"),
                    mail: or(&texts.invitation_body, usual),
                    sms: or(&texts.invitation_sms, usual),
                }
            }
        }
    }

    /// These, and where a hook has written one, that.
    pub(crate) fn or_custom(self, custom: &'a CustomText) -> Self {
        Self {
            subject: custom.subject.as_deref().unwrap_or(self.subject),
            mail: custom.mail.as_deref().unwrap_or(self.mail),
            sms: custom.sms.as_deref().unwrap_or(self.sms),
        }
    }
}

/// A hook's text must have a place for the code, and an invitation one for the name: without them nobody could go on.
pub(crate) fn check_placeholders(
    custom: &CustomText,
    reason: MessageReason,
    by_link: bool,
    template: &str,
) -> Result<(), Error> {
    let is_custom = [&custom.mail, &custom.sms].into_iter().any(|text| text.as_deref() == Some(template));
    let names_user = reason != MessageReason::AdminCreateUser || template.contains("{username}");
    let brings = template.contains("{####}") || (by_link && links::split(template).is_some());
    if is_custom && !(brings && names_user) {
        let missing = "the text has no place for the code or the name";
        return Err(Error::HookInvalid(Trigger::CustomMessage, missing.into()));
    }
    Ok(())
}

/// A template with its placeholders filled in, in one pass: what is filled in is never taken for a placeholder. Mails
/// are HTML, and what is filled in there is text.
pub(crate) fn render(template: &str, contact: Contact, username: &str, secret: &str) -> String {
    fill(template, contact == Contact::Email, &[("{username}", username), ("{####}", secret)])
}

/// The same of a mail with a link, whose words the template says.
pub(crate) fn render_link(template: &str, username: &str, secret: &str, link: &SecretString) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, words, after)) = links::split(rest) {
        out.push_str(&render(before, Contact::Email, username, secret));
        out.push_str("<a href=\"");
        push_escaped(&mut out, link.expose());
        out.push_str("\">");
        out.push_str(words);
        out.push_str("</a>");
        rest = after;
    }
    out.push_str(&render(rest, Contact::Email, username, secret));
    out
}

/// A template with these placeholders filled in, in one pass; as text in HTML if it `escapes`.
pub(crate) fn fill(template: &str, escapes: bool, placeholders: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(next) = rest.chars().next() {
        if let Some((placeholder, value)) = placeholders.iter().find(|(placeholder, _)| rest.starts_with(placeholder)) {
            if escapes {
                push_escaped(&mut out, value);
            } else {
                out.push_str(value);
            }
            rest = rest.get(placeholder.len()..).unwrap_or_default();
        } else {
            out.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

fn push_escaped(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_80_a_name_is_text_in_a_mail_and_no_placeholder_anywhere() {
        let mail = render("<b>{username}</b>: {####}", Contact::Email, "<img/src=x>", "12&4");
        assert_eq!(mail, "<b>&lt;img/src=x&gt;</b>: 12&amp;4");
        assert_eq!(render("{username} {####}", Contact::Email, "{####}", "123456"), "{####} 123456");
        assert_eq!(render("{####} {username}", Contact::PhoneNumber, "a<b", "{username}"), "{username} a<b");
        assert_eq!(render("ü{####", Contact::Email, "a", "1"), "ü{####");
        let mail = render_link("{username} {##<b>x</b>##} {##y##}!", "{##<i>##}", "1", &"https://a/?b&c\"".into());
        let link = "<a href=\"https://a/?b&amp;c&quot;\">";
        assert_eq!(mail, format!("{{##&lt;i&gt;##}} {link}<b>x</b></a> {link}y</a>!"));
    }
}
