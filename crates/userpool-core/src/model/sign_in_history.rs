//! What is kept of a user's sign-ins where a pool watches them: the last events, and what is usual for the user.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::risk::RiskLevel;

/// The most events that are kept of a user; older ones go.
pub const MOST_EVENTS: usize = 100;
/// Seconds that an event is kept: two years.
pub const EVENT_LIFE: i64 = 2 * 365 * 86_400;
/// The most devices, and the most networks, that are known of a user; those that were seen longest ago go.
const MOST_KNOWN: usize = 20;
/// Seconds after which a device or network is new again: 90 days.
const KNOWN_FOR: i64 = 90 * 86_400;
/// A person that is at home moves no faster, in kilometres per hour.
const FASTEST: f64 = 1000.0;
/// So many networks in an hour are more than one person's.
const MANY_NETWORKS: usize = 4;

/// What is kept of a user's sign-ins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SignInHistory {
    /// Devices that signed in, by a keyed hash.
    pub devices: Vec<Known>,
    /// Networks from which somebody signed in, by a keyed hash.
    pub networks: Vec<Known>,
    /// Where and when the last one signed in, where places are known.
    pub last_place: Option<(Place, Timestamp)>,
    /// The last events, the newest last.
    pub events: Vec<AuthEvent>,
}

/// Something that was seen before.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Its keyed hash.
    pub hash: String,
    /// When it was seen last.
    pub last: Timestamp,
}

/// A place on earth, as a database of addresses tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The country's name in English.
    pub country: Option<String>,
    /// The city's.
    pub city: Option<String>,
    /// Latitude and longitude in degrees.
    pub position: Option<(f64, f64)>,
}

/// What is known of where a sign-in comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Circumstances {
    /// The device, by a keyed hash; `None` if nothing is known of it.
    pub device: Option<String>,
    /// The network, by a keyed hash; `None` if it is not known.
    pub network: Option<String>,
    /// The place, where places are known.
    pub place: Option<Place>,
}

/// Something that happened to an account.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AuthEvent {
    /// Its id; of a sign-in, the `event_id` of its tokens.
    pub id: String,
    /// What happened.
    pub kind: AuthEventKind,
    /// When.
    pub at: Timestamp,
    /// How it ended.
    pub response: AuthEventResponse,
    /// How much it looked like somebody else.
    pub risk: Option<RiskLevel>,
    /// Whether it was refused for that.
    pub blocked: bool,
    /// Whether the password is known to others.
    pub compromised: bool,
    /// Through which client.
    pub client: Option<String>,
    /// The challenge that was answered or asked.
    pub challenge: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// What the caller's software said it is.
    pub device_name: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// What somebody said of it.
    pub feedback: Option<Feedback>,
}

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AuthEventKind {
    /// A sign-in.
    SignIn,
    /// A sign-up.
    SignUp,
    /// A lost password: a code for it, or another password by one.
    ForgotPassword,
    /// A changed password.
    PasswordChange,
    /// A code was asked for again.
    ResendCode,
}

/// How it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AuthEventResponse {
    /// It was done.
    Pass,
    /// It was refused.
    Fail,
    /// It goes on.
    InProgress,
}

/// What somebody said of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// Whether it was the user.
    pub valid: bool,
    /// Who said so.
    pub by: FeedbackBy,
    /// When.
    pub at: Timestamp,
}

/// Who speaks of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum FeedbackBy {
    /// An administrator.
    Administrator,
    /// The user, with the token of a notification.
    User,
}

impl SignInHistory {
    /// How much a right proof under these circumstances looks like somebody else's; `None` for a usual one. The first one is
    /// usual: there is nothing to hold it against.
    ///
    /// One point for a new device, one for a new network, one for a new country, two for four networks in an hour, three for a way
    /// that nobody travels in the time between: one point is a low risk, two are a medium, more a high one.
    pub fn assess(&self, now: &Circumstances, at: Timestamp) -> Option<RiskLevel> {
        if self.devices.is_empty() && self.networks.is_empty() {
            return None;
        }
        let is_new = |known: &[Known], hash: Option<&String>| {
            hash.is_some_and(|hash| !known.iter().any(|known| known.hash == *hash && known.is_fresh(at)))
        };
        let new_network = is_new(&self.networks, now.network.as_ref());
        let points = u32::from(is_new(&self.devices, now.device.as_ref()))
            + u32::from(new_network)
            + u32::from(self.is_new_country(now))
            + 2 * u32::from(new_network && self.networks_in_the_hour_before(at) + 1 >= MANY_NETWORKS)
            + 3 * u32::from(self.is_impossible(now, at));
        match points {
            0 => None,
            1 => Some(RiskLevel::Low),
            2 => Some(RiskLevel::Medium),
            _ => Some(RiskLevel::High),
        }
    }

    fn is_new_country(&self, now: &Circumstances) -> bool {
        let before = self.last_place.as_ref().and_then(|(place, _)| place.country.as_ref());
        let country = now.place.as_ref().and_then(|place| place.country.as_ref());
        before.zip(country).is_some_and(|(before, country)| before != country)
    }

    fn networks_in_the_hour_before(&self, at: Timestamp) -> usize {
        self.networks.iter().filter(|known| at.seconds_since(known.last) < 3600).count()
    }

    fn is_impossible(&self, now: &Circumstances, at: Timestamp) -> bool {
        let Some((before, then)) = &self.last_place else { return false };
        let positions = before.position.zip(now.place.as_ref().and_then(|place| place.position));
        let Some((one, other)) = positions else { return false };
        let seconds = at.seconds_since(*then).max(60);
        // What databases say of addresses is off by some hundred kilometres.
        let way = (kilometres(one, other) - 300.0).max(0.0);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a person's life are exact in a double")]
        let hours = seconds as f64 / 3600.0;
        way / hours > FASTEST
    }

    /// The history after a sign-in under these circumstances: they are usual from now on.
    pub fn remember(&mut self, now: Circumstances, at: Timestamp) {
        for (known, hash) in [(&mut self.devices, now.device), (&mut self.networks, now.network)] {
            let Some(hash) = hash else { continue };
            known.retain(|known| known.hash != hash && known.is_fresh(at));
            known.push(Known { hash, last: at });
            let beyond = known.len().saturating_sub(MOST_KNOWN);
            known.drain(..beyond);
        }
        if let Some(place) = now.place {
            self.last_place = Some((place, at));
        }
    }

    /// The history with one more event, and without what is too old or too much.
    pub fn push(&mut self, event: AuthEvent) {
        let at = event.at;
        self.events.retain(|event| at.seconds_since(event.at) < EVENT_LIFE);
        self.events.push(event);
        let beyond = self.events.len().saturating_sub(MOST_EVENTS);
        self.events.drain(..beyond);
    }

    /// When nothing of it is of use any more; `None` if nothing was kept.
    pub fn ends_at(&self) -> Option<Timestamp> {
        let last = self.events.last().map(|event| event.at).max(self.networks.last().map(|known| known.last));
        last.map(|last| last.plus_seconds(EVENT_LIFE))
    }
}

impl Known {
    fn is_fresh(&self, at: Timestamp) -> bool {
        at.seconds_since(self.last) < KNOWN_FOR
    }
}

/// The way along the surface of the earth (the haversine formula).
fn kilometres((lat, lon): (f64, f64), (other_lat, other_lon): (f64, f64)) -> f64 {
    let half = |one: f64, other: f64| ((other - one).to_radians() / 2.0).sin().powi(2);
    let cosines = lat.to_radians().cos() * other_lat.to_radians().cos();
    2.0 * 6371.0 * (half(lat, other_lat) + cosines * half(lon, other_lon)).sqrt().asin()
}

#[cfg(test)]
mod tests;
