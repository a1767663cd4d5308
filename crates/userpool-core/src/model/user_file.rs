//! Files of users: the header, and one line for each.

use std::collections::BTreeMap;

use crate::model::attributes::{self, Attributes};
use crate::model::factors::MfaMode;
use crate::model::foreign_hash::{ForeignHash, HashingAlgorithm};
use crate::model::ids::GroupName;
use crate::model::import::ImportForm;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::UserStatus;

/// The name.
pub(crate) const USERNAME: &str = "cognito:username";
/// Whether a second factor is on.
pub(crate) const MFA: &str = "cognito:mfa_enabled";
/// The hash of the password.
pub(crate) const HASH: &str = "cognito:password_hash";
/// How far the user has come.
pub(crate) const STATUS: &str = "cognito:user_status";
/// Whether the user may do anything.
pub(crate) const ENABLED: &str = "cognito:enabled";
/// The groups, with blanks between them.
pub(crate) const GROUPS: &str = "cognito:groups";

/// The standard attributes in Cognito's order.
const STANDARD: [&str; 19] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

/// The longest line, in characters.
const LONGEST_LINE: usize = 16_000;

/// The columns of a file of a pool's users.
pub(crate) fn header(pool: &UserPool, form: ImportForm) -> Vec<String> {
    let own = pool.schema.iter().map(|schema| schema.name.as_str()).filter(|name| attributes::is_own(name));
    let last: &[&str] = match form {
        ImportForm::Cognito => &[MFA, USERNAME],
        ImportForm::Export => &[USERNAME, HASH, STATUS, ENABLED, GROUPS],
    };
    STANDARD.into_iter().chain(own).chain(last.iter().copied()).map(str::to_owned).collect()
}

/// The columns that a file's first line names; or what is wrong with it.
pub(crate) fn read_header(
    line: &[u8],
    pool: &UserPool,
    form: ImportForm,
    algorithm: Option<HashingAlgorithm>,
) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "the header is not UTF-8".to_owned())?;
    let given: Vec<String> =
        text.trim_start_matches('\u{feff}').split(',').map(|name| name.trim().to_owned()).collect();
    let mut wanted = header(pool, form);
    if algorithm.is_some() && form == ImportForm::Cognito {
        wanted.push(HASH.to_owned());
    }
    if let Some(missing) = wanted.iter().find(|name| !given.contains(name)) {
        return Err(format!("the header lacks {missing}"));
    }
    if let Some(other) = given.iter().find(|name| !wanted.contains(name)) {
        return Err(format!("the header has a column that the pool does not know: {other}"));
    }
    if given.len() != wanted.len() {
        return Err("the header names a column twice".to_owned());
    }
    Ok(given)
}

/// A user as a line tells of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Row {
    pub(crate) username: String,
    pub(crate) attributes: Attributes,
    pub(crate) hash: Option<String>,
    pub(crate) status: UserStatus,
    pub(crate) enabled: bool,
    pub(crate) groups: Vec<GroupName>,
}

/// What lines are read by.
pub(crate) struct Reader<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) form: ImportForm,
    pub(crate) algorithm: Option<HashingAlgorithm>,
    pub(crate) columns: &'a [String],
}

impl Reader<'_> {
    /// The user of a line; or what is wrong with it.
    pub(crate) fn read(&self, line: &[u8]) -> Result<Row, String> {
        let text = std::str::from_utf8(line).map_err(|_| "The line is not UTF-8.".to_owned())?;
        if text.chars().count() > LONGEST_LINE {
            return Err(format!("The line is longer than {LONGEST_LINE} characters."));
        }
        let values = self.split(text)?;
        if values.len() != self.columns.len() {
            return Err(format!("The line has {} values and the header {}.", values.len(), self.columns.len()));
        }
        let mut values: BTreeMap<&str, String> =
            self.columns.iter().map(String::as_str).zip(values).filter(|(_, value)| !value.is_empty()).collect();
        let username = values.remove(USERNAME).ok_or("The line has no cognito:username.")?;
        let hash = values.remove(HASH);
        self.check_hash(hash.as_deref())?;
        let row = match self.form {
            ImportForm::Cognito => self.as_cognito(&mut values, hash.is_some())?,
            ImportForm::Export => as_exported(&mut values)?,
        };
        let (status, enabled, groups) = row;
        let attributes = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Row { username, attributes, hash, status, enabled, groups })
    }

    fn split(&self, text: &str) -> Result<Vec<String>, String> {
        let (mut values, mut value) = (Vec::new(), String::new());
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match (letter, self.form) {
                (',', _) => values.push(std::mem::take(&mut value)),
                ('\\', ImportForm::Export) => value.push(match letters.next() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some(other @ (',' | '\\')) => other,
                    _ => return Err("A backslash stands before something else than , \\ n and r.".to_owned()),
                }),
                ('\\', ImportForm::Cognito) if letters.as_str().starts_with(',') => {
                    letters.next();
                    value.push(',');
                }
                (other, _) => value.push(other),
            }
        }
        values.push(value);
        if self.form == ImportForm::Cognito {
            for value in &mut values {
                *value = value.trim().to_owned();
            }
        }
        Ok(values)
    }

    fn check_hash(&self, hash: Option<&str>) -> Result<(), String> {
        let Some(hash) = hash else { return Ok(()) };
        let Some(read) = ForeignHash::read(hash) else {
            return Err("The password's hash cannot be read, or costs too much to compute.".to_owned());
        };
        if self.algorithm.is_some_and(|algorithm| algorithm != read.algorithm()) {
            return Err("The password's hash is of another algorithm than the job's.".to_owned());
        }
        Ok(())
    }

    fn as_cognito(&self, values: &mut BTreeMap<&str, String>, has_hash: bool) -> Result<State, String> {
        let enabled = match values.remove(MFA).as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("false") => false,
            Some("true") => true,
            _ => return Err("cognito:mfa_enabled is neither true nor false.".to_owned()),
        };
        // Of whom a factor is asked, the pool says at the sign-in; where users choose, they do it there.
        match (self.pool.settings.mfa.mode, enabled) {
            (MfaMode::On, false) => return Err("The pool asks everybody for a second factor.".to_owned()),
            (MfaMode::Off, true) => return Err("The pool asks nobody for a second factor.".to_owned()),
            _ => {}
        }
        if let Some(date) = values.get_mut("birthdate") {
            *date = birthdate(date).ok_or("The birthdate is not of the form mm/dd/yyyy.")?;
        }
        let is_proved = |contact: &Contact| {
            let is_true = |value: &String| value.eq_ignore_ascii_case("true");
            values.get(contact.verified_attribute()).is_some_and(is_true) && values.contains_key(contact.attribute())
        };
        if !self.pool.settings.auto_verified.iter().any(is_proved) {
            let example = "(Example: email_verified to true)";
            return Err(format!(
                "The User Record does not set any of the auto verified attributes to true. {example}."
            ));
        }
        Ok((if has_hash { UserStatus::Confirmed } else { UserStatus::ResetRequired }, true, Vec::new()))
    }
}

/// Status, whether enabled, and groups.
type State = (UserStatus, bool, Vec<GroupName>);

fn as_exported(values: &mut BTreeMap<&str, String>) -> Result<State, String> {
    let status = values.remove(STATUS).unwrap_or_default();
    let status = UserStatus::ALL.into_iter().find(|known| known.name() == status).ok_or("The status is unknown.")?;
    if status == UserStatus::ExternalProvider {
        return Err("Users of outside providers are not imported: their first sign-in makes them.".to_owned());
    }
    let enabled = match values.remove(ENABLED).as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => return Err("cognito:enabled is neither true nor false.".to_owned()),
    };
    let groups = values.remove(GROUPS).unwrap_or_default();
    let groups = groups.split_whitespace().map(str::parse).collect::<Result<_, _>>();
    Ok((status, enabled, groups.map_err(|_| "A group's name is malformed.")?))
}

/// `mm/dd/yyyy` as `yyyy-mm-dd`.
fn birthdate(given: &str) -> Option<String> {
    let parts: Vec<&str> = given.split('/').collect();
    let [month, day, year] = parts.as_slice() else { return None };
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(month, 2) && digits(day, 2) && digits(year, 4)).then(|| format!("{year}-{month}-{day}"))
}

/// A line of these values.
pub(crate) fn write_line(values: impl Iterator<Item = String>) -> String {
    let escaped =
        values.map(|value| value.replace('\\', "\\\\").replace(',', "\\,").replace('\n', "\\n").replace('\r', "\\r"));
    escaped.collect::<Vec<_>>().join(",")
}
