//! What a security token service says, in XML.

use std::collections::BTreeMap;

use credential_vending::Credentials;
use identity_kernel::calendar::parse_iso8601;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// A refusal.
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The credentials that an answer holds.
pub(crate) fn read_credentials(answer: &[u8]) -> Option<Credentials> {
    let mut parts = members_of(answer, "Credentials")?;
    let mut take = |name: &str| parts.remove(name).filter(|text| !text.is_empty());
    let access_key_id = take("AccessKeyId")?;
    let (secret, session_token) = (take("SecretAccessKey")?.into(), take("SessionToken")?.into());
    let expires_at = parse_iso8601(&take("Expiration")?)?;
    Some(Credentials { access_key_id, secret, session_token, expires_at })
}

/// The refusal that an answer holds.
pub(crate) fn read_refusal(answer: &[u8]) -> Option<Refused> {
    let mut parts = members_of(answer, "Error")?;
    let code = parts.remove("Code")?;
    Some(Refused { code, message: parts.remove("Message").unwrap_or_default() })
}

/// The texts of the elements right below the one of this name, which must stand once. Without DTD: no entity but the five of
/// XML is known.
fn members_of(document: &[u8], name: &str) -> Option<BTreeMap<String, String>> {
    let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
    let (mut path, mut found, mut members) = (Vec::<String>::new(), 0, BTreeMap::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                path.push(std::str::from_utf8(start.local_name().as_ref()).ok()?.to_owned());
                found += usize::from(path.last().is_some_and(|own| own == name));
            }
            Event::End(_) => drop(path.pop()),
            Event::Text(text) => add(&mut members, &path, name, &text.decode().ok()?),
            Event::GeneralRef(entity) => {
                let letter = entity.resolve_char_ref().ok()?.map(String::from);
                let known = || resolve_predefined_entity(&entity.decode().ok()?).map(str::to_owned);
                add(&mut members, &path, name, &letter.or_else(known)?);
            }
            Event::DocType(_) => return None,
            Event::Eof => return (found == 1 && path.is_empty()).then_some(members),
            _ => {}
        }
    }
}

/// Adds text to a member, if it is one's.
fn add(members: &mut BTreeMap<String, String>, path: &[String], name: &str, text: &str) {
    if let [.., parent, own] = path
        && parent == name
    {
        members.entry(own.clone()).or_default().push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">
        <AssumeRoleWithWebIdentityResult><SubjectFromWebIdentityToken>x</SubjectFromWebIdentityToken><Credentials>
        <AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>a&amp;b/&#x2b;</SecretAccessKey><SessionToken>token==</SessionToken>
        <Expiration>2026-11-26T07:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
        </AssumeRoleWithWebIdentityResponse>";

    #[test]
    fn credentials_are_read_with_their_entities_and_their_end() {
        let read = read_credentials(ANSWER.as_bytes()).unwrap();

        assert_eq!((read.access_key_id.as_str(), read.secret.expose()), ("ASIAX", "a&b/+"));
        assert_eq!(
            (read.session_token.expose(), read.expires_at.to_iso8601()),
            ("token==", "2026-11-26T07:00:00Z".into())
        );
    }

    #[test]
    fn an_answer_that_is_cut_bent_double_or_declares_entities_holds_nothing() {
        assert!(read_credentials(ANSWER.as_bytes()).is_some());
        let broken = [
            ANSWER.replace("<Expiration>2026-11-26T07:00:00Z</Expiration>", ""),
            ANSWER.replace("2026-11-26T07:00:00Z", "soon"),
            ANSWER.replace("token==", ""),
            ANSWER.replace("&amp;", "&other;"),
            ANSWER.replace("</Credentials>", "</Credentials><Credentials></Credentials>"),
            format!("<!DOCTYPE x [<!ENTITY other 'y'>]>{ANSWER}"),
            ANSWER[..ANSWER.len() / 2].to_owned(),
            ANSWER[..ANSWER.len() - 40].to_owned(),
            String::new(),
        ];
        for broken in broken {
            assert!(read_credentials(broken.as_bytes()).is_none(), "{broken}");
        }
    }

    #[test]
    fn a_refusal_is_read_with_its_words_if_it_has_any() {
        let answer = |inner: &str| format!("<ErrorResponse><Error><Type>Sender</Type>{inner}</Error></ErrorResponse>");
        let refused = read_refusal(answer("<Code>AccessDenied</Code><Message>Not &lt;you&gt;</Message>").as_bytes());

        assert_eq!(
            refused.map(|refused| (refused.code, refused.message)),
            Some(("AccessDenied".into(), "Not <you>".into()))
        );
        assert!(read_refusal(answer("<Message>no code</Message>").as_bytes()).is_none());
        assert!(
            read_refusal(answer("<Code>Other</Code>").as_bytes()).is_some_and(|refused| refused.message.is_empty())
        );
    }
}
