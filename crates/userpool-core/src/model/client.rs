//! An app client: an application that signs users in.

use std::collections::{BTreeMap, BTreeSet};

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::attributes;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::oauth::OAuthSettings;
use crate::model::risk::RiskConfiguration;

pub use crate::model::flow::AllowedFlow;

/// A span and the unit it was given in, so that it is shown as it was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Validity {
    /// How many units.
    pub value: i64,
    /// The unit.
    pub unit: TimeUnit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// 60 seconds.
    Minutes,
    /// 3,600 seconds.
    Hours,
    /// 86,400 seconds.
    Days,
}

impl Validity {
    /// The span in seconds.
    pub fn seconds(self) -> i64 {
        let unit = match self.unit {
            TimeUnit::Seconds => 1,
            TimeUnit::Minutes => 60,
            TimeUnit::Hours => 3600,
            TimeUnit::Days => 86400,
        };
        self.value.saturating_mul(unit)
    }
}

/// Whether refreshing replaces the refresh token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Rotation {
    /// Seconds that the replaced token still works, 0 to 60.
    pub grace_seconds: i64,
}

/// Which attributes a client reads and writes where nobody has listed any.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum UnlistedAttributes {
    /// The standard ones, as the text of Amazon's API says: what an operator adds to the schema is nobody's to write until
    /// somebody says so.
    #[default]
    Standard,
    /// All of the schema, as Amazon's console and CDK have it.
    All,
}

/// What can be changed of a client.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ClientSettings {
    /// Its name, for people.
    pub name: String,
    /// The ways to sign in that were asked for; none stands for [`AllowedFlow::DEFAULT`]. [`allow`](Self::allow) adds to
    /// what holds now, where inserting into an empty set would leave that one alone.
    pub explicit_auth_flows: BTreeSet<AllowedFlow>,
    /// Attributes it reads; `None` stands for [`unlisted_attributes`](Self::unlisted_attributes).
    pub read_attributes: Option<BTreeSet<String>>,
    /// Attributes that users write through it; `None` stands for [`unlisted_attributes`](Self::unlisted_attributes).
    pub write_attributes: Option<BTreeSet<String>>,
    /// What a list that is not there stands for.
    pub unlisted_attributes: UnlistedAttributes,
    /// How long access tokens live: 5 minutes to a day. Default an hour.
    pub access_token: Validity,
    /// How long ID tokens live: 5 minutes to a day. Default an hour.
    pub id_token: Validity,
    /// How long refresh tokens live: an hour to ten years. Default 30 days.
    pub refresh_token: Validity,
    /// Whether and how refresh tokens are replaced.
    pub rotation: Option<Rotation>,
    /// Whether refresh tokens can be revoked. Default yes.
    pub revocation: bool,
    /// Whether answers hide which users exist.
    pub prevent_user_existence_errors: bool,
    /// Minutes that a challenge can be answered, 3 to 15. Default 3.
    pub challenge_minutes: i64,
    /// What it may do at the OAuth endpoints.
    #[serde(default)]
    pub oauth: OAuthSettings,
    /// What a front end wants kept and shown again though it means nothing here, as JSON by name.
    pub passthrough: BTreeMap<String, String>,
}

impl ClientSettings {
    /// Allows one more way to sign in, beside those that are allowed now: the three that stand for "nothing said" stay.
    pub fn allow(&mut self, flow: AllowedFlow) -> &mut Self {
        if self.explicit_auth_flows.is_empty() {
            self.explicit_auth_flows.extend(AllowedFlow::DEFAULT);
        }
        self.explicit_auth_flows.insert(flow);
        self
    }

    fn grants(&self, list: Option<&BTreeSet<String>>, attribute: &str) -> bool {
        let unlisted = || self.unlisted_attributes == UnlistedAttributes::All || attributes::is_standard(attribute);
        list.map_or_else(unlisted, |list| list.contains(attribute))
    }
}

/// One of a client's secrets.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// Its id: the client's, two hyphens, and the milliseconds since 1970 at which it was made.
    pub id: String,
    /// The secret under seal.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The most secrets that a client has at once: the one in use, and the one that is to replace it.
pub const MOST_SECRETS: usize = 2;

/// An app client of a pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AppClient {
    /// Its id.
    pub id: ClientId,
    /// Its pool.
    pub pool: UserPoolId,
    /// Its secrets, oldest first; none for a public client. Each of them is as good as the others.
    pub secrets: Vec<SealedSecret>,
    /// What can be changed.
    pub settings: ClientSettings,
    /// What is done about risks at this client; `None` for what the pool says.
    pub risk: Option<Box<RiskConfiguration>>,
    /// Minutes that it uses a sign-in of the managed login again without asking, 0 to 129,600; 0 to ask each time. Default 60.
    /// New settings leave it as it is.
    pub sso_minutes: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

impl AppClient {
    /// Whether the client keeps a secret.
    pub fn is_confidential(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Whether the client may use this way to sign in.
    pub fn allows(&self, flow: AllowedFlow) -> bool {
        if flow == AllowedFlow::Federated {
            return self.settings.oauth.signs_users_in();
        }
        if flow == AllowedFlow::ManagedLogin {
            return self.settings.oauth.signs_own_users_in();
        }
        if self.settings.explicit_auth_flows.is_empty() {
            AllowedFlow::DEFAULT.contains(&flow)
        } else {
            self.settings.explicit_auth_flows.contains(&flow)
        }
    }

    /// Whether the client sees this attribute.
    pub fn reads(&self, attribute: &str) -> bool {
        attribute == "sub" || self.settings.grants(self.settings.read_attributes.as_ref(), attribute)
    }

    /// Whether users write this attribute through the client. Some nobody does.
    pub fn writes(&self, attribute: &str) -> bool {
        !attributes::is_protected(attribute) && self.settings.grants(self.settings.write_attributes.as_ref(), attribute)
    }
}
