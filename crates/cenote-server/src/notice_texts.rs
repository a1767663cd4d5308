//! The texts in which users of a pool are told of changes to their accounts, from a file and as one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::model::notices::{Notice, NoticeText};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::maintenance::Storage;

/// `cenote pool notice-texts`.
#[derive(Args)]
pub(crate) struct PoolNotices {
    /// The pool's id.
    pool: UserPoolId,
    /// Set the texts of this file (JSON, as this command shows them) in the place of all that the pool has; the usual text stands
    /// for a notice that is not in it.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Show the usual texts in the place of those that the pool lacks.
    #[arg(long)]
    usual: bool,
    #[command(flatten)]
    storage: Storage,
}

/// A text as it stands in a file.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Text {
    subject: String,
    body: String,
}

impl PoolNotices {
    /// Sets what the file says, if there is one, and shows what the pool has.
    pub(crate) async fn run(self) -> Result<String, Failure> {
        let Self { pool, from, usual, storage } = self;
        let texts = from.as_deref().map(read).transpose()?;
        let cenote = storage.cenote().await?;
        let users = cenote.user_pools();
        if let Some(texts) = texts {
            users.set_notice_texts(&pool, texts).await?;
        }
        let own = users.describe_user_pool(&pool).await?.notice_texts;
        let text = |notice: Notice| own.get(&notice).cloned().or_else(|| usual.then(|| notice.usual_text()));
        let shown = |notice: Notice| {
            let NoticeText { subject, body } = text(notice)?;
            Some((notice.name(), Text { subject, body }))
        };
        let all: BTreeMap<&str, Text> = Notice::ALL.into_iter().filter_map(shown).collect();
        Ok(serde_json::to_string_pretty(&all)?)
    }
}

/// The texts of a file: of notices that there are, each of which can be sent.
fn read(file: &Path) -> Result<BTreeMap<Notice, NoticeText>, Failure> {
    let within = |why: &dyn std::fmt::Display| Failure::from(format!("{}: {why}", file.display()));
    let json = std::fs::read_to_string(file).map_err(|error| within(&error))?;
    let texts: BTreeMap<String, Text> = serde_json::from_str(&json).map_err(|error| within(&error))?;
    let sound = |(name, Text { subject, body }): (String, Text)| {
        let notice = Notice::ALL.into_iter().find(|notice| notice.name() == name);
        let notice = notice.ok_or_else(|| within(&format_args!("{name} is no notice: {}", names())))?;
        let text = NoticeText { subject, body };
        if !text.is_sound() {
            let rule = "a subject has 1 to 140 characters and a body 6 to 20000, without a place for a code or a link";
            return Err(within(&format_args!("{name}: {rule}")));
        }
        Ok((notice, text))
    };
    texts.into_iter().map(sound).collect()
}

fn names() -> String {
    Notice::ALL.map(Notice::name).join(", ")
}
