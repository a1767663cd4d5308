//! Times of validity, and how far clocks may differ.

use identity_kernel::time::Timestamp;

use crate::instant;
use crate::refused::Refused;

/// Now, and how far the provider's clock may differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) now: Timestamp,
    pub(crate) skew: i64,
}

impl Window {
    /// A time that must be there and lie in the past.
    pub(crate) fn has_been(self, time: Option<&str>) -> Result<(), Refused> {
        self.has_begun(Some(time.ok_or(Refused::Time)?))
    }

    /// `NotBefore`, if it is there: reached.
    pub(crate) fn has_begun(self, not_before: Option<&str>) -> Result<(), Refused> {
        match not_before.map(parse).transpose()? {
            Some(start) if self.now < start.plus_seconds(-self.skew) => Err(Refused::NotYetValid),
            _ => Ok(()),
        }
    }

    /// `NotOnOrAfter`, if it is there: not reached. It is told as the instant from which it refuses.
    pub(crate) fn has_not_ended(self, not_on_or_after: Option<&str>) -> Result<Option<Timestamp>, Refused> {
        let end = not_on_or_after.map(parse).transpose()?.map(|end| end.plus_seconds(self.skew));
        match end {
            Some(end) if self.now >= end => Err(Refused::Expired),
            end => Ok(end),
        }
    }
}

/// A time in UTC.
pub(crate) fn parse(text: &str) -> Result<Timestamp, Refused> {
    instant::parse(text).ok_or(Refused::Time)
}
