//! The ground the Cenote crates stand on: time, entropy, secrets and ids.
//!
//! Nothing here knows users, pools or roles. Clock and entropy are values given at construction, so a test decides
//! what time it is:
//!
//! ```
//! use identity_kernel::time::{Clock, ManualClock, Timestamp};
//!
//! let clock = ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000));
//! clock.advance_seconds(90);
//! assert_eq!(clock.now().epoch_seconds(), 1_700_000_090);
//! ```

pub mod calendar;
pub mod context;
pub mod entropy;
pub mod ids;
pub mod place;
#[cfg(feature = "sealing")]
pub mod sealing;
pub mod secret;
#[cfg(feature = "strict-json")]
pub mod strict_json;
pub mod time;
