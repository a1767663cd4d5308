//! What policies would decide.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cenote::policy::{
    Context, Policies, Policy, PolicyError, PolicyKind, Principal, Request, Simulation, Verdict, simulate,
};
use cenote::vending::model::Role;
use cenote::vending::model::managed_policy::ManagedPolicy;
use cenote::vending::{NewSession, SessionStamp, documents_of};
use clap::{Args, Subcommand};

use crate::Failure;
use crate::directory::say;
use crate::maintenance::Storage;

/// Try policies out. Nothing is asked of a server, nothing is written.
#[derive(Subcommand)]
pub(crate) enum Simulate {
    /// What policies decide about actions on resources: which statement decides, which apply, and which condition keys they
    /// ask for that were not given.
    Policy(Box<SimulatePolicy>),
}

#[derive(Args)]
pub(crate) struct SimulatePolicy {
    /// A file with an identity policy. Any number.
    #[arg(long = "policy", value_name = "FILE", required_unless_present_any = ["role", "resource_policy"])]
    policies: Vec<PathBuf>,
    /// The name of a stored role, whose policies and boundary are asked besides; the caller is a session of it.
    #[arg(long)]
    role: Option<String>,
    /// A file with a permissions boundary.
    #[arg(long, value_name = "FILE")]
    boundary: Option<PathBuf>,
    /// A file with a session policy. Any number.
    #[arg(long = "session-policy", value_name = "FILE")]
    session_policies: Vec<PathBuf>,
    /// A file with the resource's own policy.
    #[arg(long, value_name = "FILE")]
    resource_policy: Option<PathBuf>,
    /// The user who asks, or a session of a role by the form `ROLE_ARN/SESSION_NAME`, where no `--role` is.
    #[arg(long, value_name = "ARN", default_value = "arn:aws:iam::123456789012:user/simulated")]
    caller: String,
    /// An action. Any number.
    #[arg(long = "action", required = true)]
    actions: Vec<String>,
    /// A resource's ARN. Any number.
    #[arg(long = "resource", default_value = "*")]
    resources: Vec<String>,
    /// A condition key's value. A key that is given again has several.
    #[arg(long = "context", value_name = "KEY=VALUE")]
    context: Vec<String>,
    #[command(flatten)]
    storage: Storage,
}

/// When a session was vended, as policies ask for it.
const ISSUED: &str = "aws:TokenIssueTime";

/// The documents of a simulation, read.
struct Documents {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Vec<Policy>,
    resource: Option<Policy>,
}

impl Simulate {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let Self::Policy(asked) = self;
        let mut managed = Vec::new();
        let mut role = None;
        if let Some(name) = &asked.role {
            let cenote = asked.storage.cenote().await?;
            let found = cenote.vending().get_role(name).await?;
            managed = cenote.vending().policies_of_role(&found).await?;
            role = Some(found);
        }
        let documents = Documents::read(&asked, role.as_ref(), &managed)?;
        let (principal, context) = caller(&asked, role.as_ref())?;
        for action in &asked.actions {
            for resource in &asked.resources {
                let (action, resource) = (action.clone(), resource.clone());
                let request = Request { principal: principal.clone(), action, resource, context: context.clone() };
                let simulation = simulate(&documents.policies(), &request);
                say(&told(&request, &simulation))?;
            }
        }
        Ok(())
    }
}

impl Documents {
    fn read(asked: &SimulatePolicy, role: Option<&Role>, managed: &[ManagedPolicy]) -> Result<Self, Failure> {
        let mut identity = read_all(&asked.policies)?;
        let mut boundary = asked.boundary.as_deref().map(|file| read(file, PolicyKind::Identity)).transpose()?;
        let (of_role, bound) = role.map(|role| documents_of(role, managed)).unwrap_or_default();
        for (name, text) in of_role {
            identity.push(parse(name, PolicyKind::Identity, text)?);
        }
        if let Some(text) = bound.filter(|_| boundary.is_none()) {
            boundary = Some(parse("boundary", PolicyKind::Identity, text)?);
        }
        let resource = asked.resource_policy.as_deref().map(|file| read(file, PolicyKind::Resource)).transpose()?;
        Ok(Self { identity, boundary, session: read_all(&asked.session_policies)?, resource })
    }

    fn policies(&self) -> Policies<'_> {
        let mut policies = Policies::of_identity(&self.identity);
        policies.boundary = self.boundary.as_ref().map(std::slice::from_ref);
        policies.session = (!self.session.is_empty()).then_some(&self.session);
        policies.resource = self.resource.as_ref();
        policies
    }
}

/// Identity policies in files.
fn read_all(files: &[PathBuf]) -> Result<Vec<Policy>, Failure> {
    files.iter().map(|file| read(file, PolicyKind::Identity)).collect()
}

fn read(file: &Path, kind: PolicyKind) -> Result<Policy, Failure> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    parse(&file.display().to_string(), kind, &text)
}

fn parse(name: &str, kind: PolicyKind, text: &str) -> Result<Policy, Failure> {
    Policy::parse(name, kind, text).map_err(|error| match &error {
        PolicyError::Syntax(fault) => format!("{name}: {error} {fault}").into(),
        _ => format!("{name}: {error}").into(),
    })
}

/// Who asks, and under which circumstances.
fn caller(asked: &SimulatePolicy, role: Option<&Role>) -> Result<(Principal, Context), Failure> {
    let mut context = Context::new();
    let mut given: Vec<(&str, Vec<String>)> = Vec::new();
    for pair in &asked.context {
        let (key, value) = pair.split_once('=').ok_or("--context is KEY=VALUE")?;
        match given.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(key)) {
            Some((_, values)) => values.push(value.to_owned()),
            None => given.push((key, vec![value.to_owned()])),
        }
    }
    for (key, values) in given {
        context.set(key, values);
    }
    let session = asked.caller.contains(":role/").then(|| asked.caller.rsplit_once('/')).flatten();
    Ok(match (role, session) {
        (Some(role), _) => (Principal::role_session(&role.arn, "simulated"), described(role, context)),
        (None, Some((role, name))) => (Principal::role_session(role, name), context),
        (None, None) => (Principal::User(asked.caller.clone()), context),
    })
}

/// What a session of the role brings by itself, under what was given. When it was vended nobody knows, for there is none.
fn described(role: &Role, given: Context) -> Context {
    let session = NewSession {
        role_arn: &role.arn,
        role_id: &role.id,
        session_name: "simulated",
        issued_at: role.created_at,
        seconds: role.max_session_seconds,
    };
    let asked = given.clone();
    let mut context = Context::new();
    let known = SessionStamp::new(session).describe(given);
    for (key, values) in known.entries().filter(|(key, _)| !key.eq_ignore_ascii_case(ISSUED)) {
        context.set(key, values.to_vec());
    }
    for (key, values) in asked.entries().filter(|(key, _)| key.eq_ignore_ascii_case(ISSUED)) {
        context.set(key, values.to_vec());
    }
    context
}

fn told(request: &Request, simulation: &Simulation) -> String {
    let verdict = match simulation.decision.verdict {
        Verdict::Allowed => "allowed",
        Verdict::ExplicitDeny => "explicitly denied",
        Verdict::ImplicitDeny => "implicitly denied",
    };
    let mut out = format!("{} on {}: {verdict}\n", request.action, request.resource);
    let _ = writeln!(out, "  decided by: {}", simulation.decision.reason);
    for one in &simulation.matched {
        let effect = if one.denies { "denies" } else { "allows" };
        let _ =
            writeln!(out, "  matches: statement {} of the {} \"{}\" {effect}", one.statement, one.layer, one.policy);
    }
    if !simulation.missing.is_empty() {
        let _ = writeln!(out, "  not given: {}", simulation.missing.join(", "));
    }
    out.trim_end().to_owned()
}
