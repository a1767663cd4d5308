//! What a caller wrote in three commits, and what of it is there: a user with names and a code, a membership with its two
//! directions, and a group with its contents.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};

use crate::caller::{Caller, text};

const PASSWORD: &str = "Correct-horse-1";

/// Where a round writes.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) pool: String,
    pub(crate) client: String,
    /// The group that everybody of the round becomes a member of.
    pub(crate) group: String,
}

impl Place {
    /// Makes the round's group.
    pub(crate) async fn begin(&mut self, caller: &Caller, round: u32) {
        self.group = format!("everybody-{round}");
        let body = json!({"UserPoolId": self.pool, "GroupName": self.group});
        let (status, answer) = caller.admin("CreateGroup", &body).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// Who is a member of the round's group, asked of the group.
    pub(crate) async fn members(&self, caller: &Caller) -> BTreeSet<String> {
        let (mut members, mut token) = (BTreeSet::new(), None);
        loop {
            let mut body = json!({"UserPoolId": self.pool, "GroupName": self.group, "Limit": 60});
            if let Some(token) = &token {
                body["NextToken"] = json!(token);
            }
            let (status, answer) = caller.admin("ListUsersInGroup", &body).await.unwrap();
            assert_eq!(status, StatusCode::OK, "{answer}");
            members.extend(answer["Users"].as_array().unwrap().iter().map(|user| text(&user["Username"])));
            token = answer["NextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                return members;
            }
        }
    }
}

/// How far a write came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    NotBegun,
    /// Sent; the answer never came, or said that it was not done.
    Open,
    Answered,
}

/// Three writes of one caller, one after another.
#[derive(Debug)]
pub(crate) struct Begun {
    name: String,
    /// Whether a code was sent for the user.
    code: bool,
    user: State,
    member: State,
    group: State,
}

/// What is there.
#[derive(Debug)]
pub(crate) struct Seen {
    user: bool,
    /// Whether the user's groups name the round's.
    member: bool,
    group: bool,
}

impl Begun {
    pub(crate) fn new(name: String) -> Self {
        Self { name, code: false, user: State::NotBegun, member: State::NotBegun, group: State::NotBegun }
    }

    pub(crate) fn user(&self) -> String {
        format!("user-{}", self.name)
    }

    pub(crate) fn signed_up(&self) -> bool {
        self.code && self.user == State::Answered
    }

    /// How many of the three were answered.
    pub(crate) fn answered(&self) -> usize {
        [self.user, self.member, self.group].into_iter().filter(|state| *state == State::Answered).count()
    }

    fn address(&self) -> String {
        format!("{}@example.com", self.user())
    }

    fn contents(&self) -> String {
        format!("what {} is for", self.name).repeat(20)
    }

    /// Writes. `None` when the server is gone.
    pub(crate) async fn write(&mut self, caller: &Caller, place: &Place) -> Option<()> {
        let attributes = json!([{"Name": "email", "Value": self.address()}]);
        let body = json!({"ClientId": place.client, "Username": self.user(), "Password": PASSWORD,
            "UserAttributes": attributes});
        self.user = State::Open;
        let answer = caller.call("SignUp", &body).await?;
        self.code = answer.1["__type"] != "LimitExceededException";
        self.user = if self.code { judge(Some(answer))? } else { self.is_made(caller, place).await? };
        if self.user == State::Answered {
            let body = json!({"UserPoolId": place.pool, "Username": self.user(), "GroupName": place.group});
            self.member = State::Open;
            self.member = judge(caller.admin("AdminAddUserToGroup", &body).await)?;
        }
        let body = json!({"UserPoolId": place.pool, "GroupName": self.name, "Description": self.contents()});
        self.group = State::Open;
        self.group = judge(caller.admin("CreateGroup", &body).await)?;
        Some(())
    }

    /// One source may have so many codes sent and no more: an administrator makes the users after that.
    async fn is_made(&self, caller: &Caller, place: &Place) -> Option<State> {
        let attributes = json!([{"Name": "email", "Value": self.address()}]);
        let body = json!({"UserPoolId": place.pool, "Username": self.user(), "MessageAction": "SUPPRESS",
            "TemporaryPassword": PASSWORD, "UserAttributes": attributes});
        judge(caller.admin("AdminCreateUser", &body).await)
    }

    pub(crate) async fn look(&self, caller: &Caller, place: &Place) -> Seen {
        let user = json!({"UserPoolId": place.pool, "Username": self.user()});
        let found = found(caller.admin("AdminGetUser", &user).await, "UserNotFoundException");
        if let Some(found) = &found {
            let attributes = found["UserAttributes"].as_array().unwrap();
            let address = attributes.iter().find(|attribute| attribute["Name"] == "email");
            assert_eq!(address.unwrap()["Value"], self.address(), "{found}");
        }
        let groups = match &found {
            Some(_) => caller.admin("AdminListGroupsForUser", &user).await.unwrap().1["Groups"].clone(),
            None => json!([]),
        };
        let group = json!({"UserPoolId": place.pool, "GroupName": self.name});
        let group = found_group(caller.admin("GetGroup", &group).await);
        if let Some(group) = &group {
            assert_eq!(group["Description"], self.contents(), "{group}");
        }
        Seen { user: found.is_some(), member: !groups.as_array().unwrap().is_empty(), group: group.is_some() }
    }

    /// Whether all that was answered is there, nothing that was never begun, and a membership in both directions.
    pub(crate) fn agrees_with(&self, seen: &Seen, members: &BTreeSet<String>) -> bool {
        let fits = |state: State, there: bool| match state {
            State::NotBegun => !there,
            State::Open => true,
            State::Answered => there,
        };
        fits(self.user, seen.user)
            && fits(self.member, seen.member)
            && fits(self.group, seen.group)
            && members.contains(&self.user()) == seen.member
    }

    /// Whether all that was answered is there.
    pub(crate) fn still_agrees_with(&self, seen: &Seen) -> bool {
        let lost = |state: State, there: bool| state == State::Answered && !there;
        !lost(self.user, seen.user) && !lost(self.member, seen.member) && !lost(self.group, seen.group)
    }

    /// The code that was sent to a user whose sign-up was answered is there too.
    pub(crate) async fn confirm(&self, caller: &Caller, place: &Place, code: Option<&str>) {
        let code = code.unwrap_or_else(|| panic!("{self:?}: no code was sent"));
        let body = json!({"ClientId": place.client, "Username": self.user(), "ConfirmationCode": code});
        let (status, answer) = caller.call("ConfirmSignUp", &body).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{self:?}: {answer}");
    }
}

/// What came of a write: `None` if no answer came.
fn judge(answer: Option<(StatusCode, Value)>) -> Option<State> {
    match answer? {
        (StatusCode::OK, _) => Some(State::Answered),
        // The database went first: refused, and not counted as written.
        (status, _) if status.is_server_error() => Some(State::Open),
        (status, body) => panic!("{status} {body}"),
    }
}

/// The body of an answer; `None` for one that says that there is no such thing.
fn found(answer: Option<(StatusCode, Value)>, absent: &str) -> Option<Value> {
    let (status, body) = answer.unwrap();
    if status == StatusCode::OK {
        return Some(body);
    }
    assert_eq!(body["__type"], absent, "{body}");
    None
}

fn found_group(answer: Option<(StatusCode, Value)>) -> Option<Value> {
    found(answer, "ResourceNotFoundException").map(|body| body["Group"].clone())
}
