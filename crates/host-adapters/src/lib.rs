#![doc = include_str!("../README.md")]

mod accept;
mod argon2id;
mod background;
mod breached;
mod breached_filter;
mod breached_lists;
mod cpu_pool;
mod fair_queue;
mod foreign_hashes;
mod hasher;
#[cfg(feature = "outbound")]
mod http_client;
#[cfg(feature = "oidc")]
mod issuers;
#[cfg(feature = "maxmind")]
mod maxmind;
mod outbox;
mod pace;
#[cfg(feature = "outbound")]
mod reach;
#[cfg(feature = "s3s")]
mod s3_actions;
#[cfg(feature = "s3s")]
mod s3_gate;
#[cfg(feature = "sms")]
mod sms;
#[cfg(feature = "smtp")]
mod smtp;
mod source;
#[cfg(feature = "other-sts")]
mod sts_answers;
#[cfg(feature = "other-sts")]
mod sts_client;
#[cfg(feature = "triggers")]
pub mod triggers;

pub use accept::accept;
pub use background::TokioBackground;
pub use breached::BreachedPasswordRanges;
pub use breached_filter::BreachedPasswordFilter;
pub use cpu_pool::CpuPool;
pub use hasher::{Argon2Hasher, HashingCost};
#[cfg(feature = "outbound")]
pub use http_client::{HttpClient, HttpSettings};
#[cfg(feature = "oidc")]
pub use issuers::HttpIssuers;
#[cfg(feature = "maxmind")]
pub use maxmind::{MaxMindError, MaxMindPlaces};
pub use outbox::{FileOutbox, MemoryOutbox, row};
pub use pace::TokioPace;
#[cfg(feature = "s3s")]
pub use s3_gate::S3Gate;
#[cfg(feature = "sms")]
pub use sms::{SmsOverHttp, SmsSettings};
#[cfg(feature = "smtp")]
pub use smtp::{SmtpError, SmtpMessenger, SmtpSecurity, SmtpSettings};
pub use source::Source;
#[cfg(feature = "other-sts")]
pub use sts_client::{StsClient, StsKind};
