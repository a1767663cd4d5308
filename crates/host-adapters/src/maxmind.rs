//! Where addresses are, by a database of MaxMind's form.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use identity_kernel::time::Timestamp;
use maxminddb::{MaxMindDbError, Reader, geoip2};
use userpool_core::model::sign_in_history::Place;
use userpool_core::ports::Places;

/// A position that may be off by more kilometres is none: what is known of it is a country, and its middle is nowhere anybody
/// signs in from.
const VAGUEST_POSITION: u16 = 200;

/// The file is no database of places.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaxMindError {
    /// It could not be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// It is none of MaxMind's form, or not whole.
    #[error("not a database of MaxMind's form, or not a whole one: {0}")]
    Form(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is one, of something else than places.
    #[error("a database of {0}, which knows no places: City, Country and Enterprise do")]
    Kind(String),
}

/// Knows the places that a database of MaxMind's form knows (GeoLite2 or GeoIP2 City, Country or Enterprise, and others of the same
/// members). A country alone has no position: where all that is known is a country, only a new country is a risk, and no journey
/// is impossible.
///
/// The whole file is in memory (GeoLite2 City: some 60 MB), and is read once: a newer one is taken at the next start. An address
/// whose record cannot be read has no place, of which the log is told once.
pub struct MaxMindPlaces {
    reader: Reader<Vec<u8>>,
    told: AtomicBool,
}

impl MaxMindPlaces {
    /// The database in this file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is none, is cut short, or is one of something else than places.
    pub fn open(path: &Path) -> Result<Self, MaxMindError> {
        Self::of_bytes(std::fs::read(path)?)
    }

    /// The database of these bytes.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, MaxMindError> {
        let reader = Reader::from_source(bytes).map_err(|error| MaxMindError::Form(error.into()))?;
        let kind = &reader.metadata().database_type;
        if !["City", "Country", "Enterprise"].iter().any(|known| kind.contains(known)) {
            return Err(MaxMindError::Kind(kind.clone()));
        }
        Ok(Self { reader, told: AtomicBool::new(false) })
    }

    /// What kind of database it is, as it says itself: `GeoLite2-City`, say.
    pub fn kind(&self) -> &str {
        &self.reader.metadata().database_type
    }

    /// When it was made, as it says itself.
    pub fn made_at(&self) -> Timestamp {
        Timestamp::from_epoch_seconds(i64::try_from(self.reader.metadata().build_epoch).unwrap_or(i64::MAX))
    }

    fn look_up(&self, address: IpAddr) -> Result<Option<Place>, MaxMindDbError> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return Ok(None);
        }
        let found = self.reader.lookup(address)?.decode::<geoip2::City<'_>>()?;
        Ok(found.as_ref().map(place).filter(|place| *place != Place::default()))
    }
}

impl Places for MaxMindPlaces {
    fn place(&self, address: IpAddr) -> Option<Place> {
        self.look_up(address.to_canonical()).unwrap_or_else(|error| {
            if !self.told.swap(true, Ordering::Relaxed) {
                tracing::error!(%error, "the database of places has a record that cannot be read");
            }
            None
        })
    }
}

fn place(found: &geoip2::City<'_>) -> Place {
    let location = &found.location;
    let exact = location.accuracy_radius.is_none_or(|kilometres| kilometres <= VAGUEST_POSITION);
    let on_earth = |(latitude, longitude): &(f64, f64)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    Place {
        country: found.country.names.english.or(found.country.iso_code).map(str::to_owned),
        city: found.city.names.english.map(str::to_owned),
        position: location.latitude.zip(location.longitude).filter(|_| exact).filter(on_earth),
    }
}

impl fmt::Debug for MaxMindPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaxMindPlaces").field("metadata", self.reader.metadata()).finish_non_exhaustive()
    }
}
