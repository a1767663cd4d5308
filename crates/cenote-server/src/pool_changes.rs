//! What Cognito fixes for ever when a pool is made, changed later: whether case counts in names, and which attributes are required.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use cenote::Cenote;
use cenote::userpool::model::case_change::{CasePhase, CaseRule};
use cenote::userpool::model::ids::{UserPoolId, Username};
use cenote::userpool::ops::case_rule::CaseState;
use cenote::userpool::ops::required::Requirement;
use clap::{Args, Subcommand, ValueEnum};

use crate::Failure;
use crate::maintenance::Storage;

/// How often it is looked how far a change has come.
const SHOWN_EVERY: Duration = Duration::from_secs(5);

/// Whether case counts.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Rule {
    /// `Ada` and `ada` are two users.
    Sensitive,
    /// They are one.
    Insensitive,
}

impl From<Rule> for CaseRule {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Sensitive => Self::Sensitive,
            Rule::Insensitive => Self::Insensitive,
        }
    }
}

/// `cenote pool case`.
#[derive(Subcommand)]
pub(crate) enum PoolCase {
    /// Show the rule of a pool, and how far a change of it has come.
    Show(Named),
    /// Count what a change would come to, and show names that two users would have. Nothing is changed.
    Plan {
        #[command(flatten)]
        named: Named,
        /// The rule that it would be.
        #[arg(long, value_enum)]
        to: Rule,
        /// How many names to show at most.
        #[arg(long, default_value_t = 20)]
        show: usize,
    },
    /// Begin a change, or go on with one that has stopped. The server goes on with it, and so does this command for as long as it
    /// runs.
    Start {
        #[command(flatten)]
        named: Named,
        /// The rule that it is to be.
        #[arg(long, value_enum)]
        to: Rule,
        /// Stay until the rule is in force, a quarter of an hour at least.
        #[arg(long)]
        wait: bool,
    },
    /// Give up the names of the old rule: taking the change back is another change from then on.
    Finish(Named),
    /// Take a change back that is not finished: the old rule is in force at once.
    Revert(Named),
}

/// A pool.
#[derive(Args)]
pub(crate) struct Named {
    /// The pool's id.
    pool: UserPoolId,
    #[command(flatten)]
    storage: Storage,
}

impl PoolCase {
    /// Does it, and says what is so then.
    pub(crate) async fn run(self) -> Result<String, Failure> {
        match self {
            Self::Show(Named { pool, storage }) => {
                Ok(shown(&storage.cenote().await?.user_pools().describe_case_change(&pool).await?))
            }
            Self::Plan { named, to, show } => plan(named, to.into(), show).await,
            Self::Start { named: Named { pool, storage }, to, wait } => {
                let cenote = storage.cenote().await?;
                let state = cenote.user_pools().start_case_change(&pool, to.into()).await?;
                let state = if wait { in_force(&cenote, &pool).await? } else { state };
                Ok(shown(&state))
            }
            Self::Finish(Named { pool, storage }) => {
                Ok(shown(&storage.cenote().await?.user_pools().finish_case_change(&pool).await?))
            }
            Self::Revert(Named { pool, storage }) => {
                Ok(shown(&storage.cenote().await?.user_pools().revert_case_change(&pool).await?))
            }
        }
    }
}

async fn plan(Named { pool, storage }: Named, to: CaseRule, show: usize) -> Result<String, Failure> {
    let plan = storage.cenote().await?.user_pools().plan_case_change(&pool, to, show).await?;
    let mut text =
        format!("users {}  names-of-two {}  verifiers-to-be-made-anew {}", plan.users, plan.collisions, plan.verifiers);
    for collision in &plan.shown {
        let usernames: Vec<&str> = collision.usernames.iter().map(Username::as_str).collect();
        write!(text, "\n{}  {}", collision.name, usernames.join("  "))?;
    }
    Ok(text)
}

/// Waits until a change has come as far as it comes by itself.
async fn in_force(cenote: &Cenote, pool: &UserPoolId) -> Result<CaseState, Failure> {
    let mut ticks = tokio::time::interval(SHOWN_EVERY);
    loop {
        ticks.tick().await;
        let state = cenote.user_pools().describe_case_change(pool).await?;
        if !state.change.as_ref().is_some_and(|change| change.phase.is_work()) {
            return Ok(state);
        }
    }
}

fn shown(state: &CaseState) -> String {
    let mut text = format!("rule {}", state.rule.name());
    if let Some(change) = &state.change {
        let to = match change.phase {
            CasePhase::Claiming | CasePhase::Stopped => format!("change to {}: ", state.rule.other().name()),
            CasePhase::InForce | CasePhase::Releasing => "change: ".to_owned(),
        };
        let _ = write!(text, "  {to}{}  users {}  names-taken {}", change.phase.name(), change.users, change.taken);
    }
    text
}

/// `cenote pool required`.
#[derive(Args)]
pub(crate) struct PoolRequired {
    /// The pool's id.
    pool: UserPoolId,
    /// An attribute that is to be required; may be repeated.
    #[arg(long)]
    add: Vec<String>,
    /// An attribute that is not to be required any more; may be repeated.
    #[arg(long, conflicts_with = "plan")]
    remove: Vec<String>,
    /// Change nothing, and count the users who lack what would be required.
    #[arg(long, requires = "add")]
    plan: bool,
    #[command(flatten)]
    storage: Storage,
}

impl PoolRequired {
    /// Does it, and says which attributes are required then; or counts.
    pub(crate) async fn run(self) -> Result<String, Failure> {
        let Self { pool, add, remove, plan, storage } = self;
        let cenote = storage.cenote().await?;
        let users = cenote.user_pools();
        if plan {
            let plan = users.plan_required_attributes(&pool, &add).await?;
            let lacking = plan.lacking.iter().map(|(name, count)| format!("  without-{name} {count}"));
            return Ok(format!("users {}{}", plan.users, lacking.collect::<String>()));
        }
        if let Some(both) = add.iter().find(|name| remove.contains(name)) {
            return Err(format!("{both} is to be required and not").into());
        }
        let said = |names: Vec<String>, requirement| names.into_iter().map(move |name| (name, requirement));
        let changes: BTreeMap<String, Requirement> =
            said(add, Requirement::Required).chain(said(remove, Requirement::Optional)).collect();
        let pool = users.set_required_attributes(&pool, &changes).await?;
        let required = pool.schema.iter().filter(|schema| schema.required && schema.name != "sub");
        Ok(required.map(|schema| schema.name.as_str()).collect::<Vec<_>>().join("\n"))
    }
}
