//! What the service is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use credential_vending::{CredentialBackend, CredentialVending};
use identity_kernel::entropy::{Entropy, SystemEntropy};
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, SystemClock};
use jwt_tokens::{Algorithm, IssuerForm, SigningKey};
use login_providers::LoginVerifiers;

use crate::ports::{ClaimWriters, Events, Inline, LoginStates, NoEvents, NoUserPools, Offload};
use crate::storage::FederationStorage;

/// What an [`IdentityPools`](crate::IdentityPools) is made of.
///
/// Begin with [`Parts::new`] and put in the place of a default what the program has.
#[non_exhaustive]
pub struct Parts {
    /// Where the records are.
    pub storage: Arc<dyn FederationStorage>,
    /// What vends credentials.
    pub vending: Arc<CredentialVending>,
    /// Who vends credentials of the roles of other accounts, by the account's twelve digits.
    pub backends: BTreeMap<String, Arc<dyn CredentialBackend>>,
    /// What verifies logins, by the kind of their provider.
    pub verifiers: LoginVerifiers,
    /// Who knows whether a login still counts.
    pub login_states: Arc<dyn LoginStates>,
    /// Who knows which claims users write themselves.
    pub claim_writers: Arc<dyn ClaimWriters>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// What takes keys and signatures of RSA off the threads that serve.
    pub offload: Arc<dyn Offload>,
    /// What seals secrets at rest.
    pub master_key: MasterKey,
    /// How issuers are written.
    pub issuer: IssuerForm,
    /// What a pool does when nothing is said.
    pub defaults: Defaults,
    /// Who hears what happened.
    pub events: Arc<dyn Events>,
}

impl Parts {
    /// The parts that have no default, and defaults for the others: no verifiers, so that only guests are taken; no
    /// other back-ends; no user pools of the process's own; the system's clock and entropy, computing where it stands, issuers below
    /// `http://localhost`, hardened pools, and nobody who hears.
    pub fn new(storage: Arc<dyn FederationStorage>, vending: Arc<CredentialVending>, master_key: MasterKey) -> Self {
        Self {
            storage,
            vending,
            backends: BTreeMap::new(),
            verifiers: LoginVerifiers::new(),
            login_states: Arc::new(NoUserPools),
            claim_writers: Arc::new(NoUserPools),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::new()),
            offload: Arc::new(Inline),
            master_key,
            issuer: IssuerForm::Own("http://localhost".to_owned()),
            defaults: Defaults::hardened(),
            events: Arc::new(NoEvents),
        }
    }
}

/// What a pool does when nothing is said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Defaults {
    /// Whether callers may choose their role themselves where a pool has never said.
    pub classic_flow: bool,
    /// Whether user pools are asked if a sign-in still counts where a pool has never said.
    pub server_side_check: bool,
    /// What guests may do at most, as policy documents; stamped into what is vended to them in every flow.
    pub guest_ceiling: Vec<String>,
    /// How OpenID tokens are signed.
    pub algorithm: Algorithm,
    /// Whether sessions are given tokens about themselves for other services (`GetWebIdentityToken`). Off by default, as on AWS.
    pub outbound_tokens: bool,
}

/// The services that Amazon's enhanced flow leaves to guests.
const GUEST_SERVICES: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"GuestServices","Effect":"Allow","Resource":"*",
"Action":["cloudwatch:*","logs:*","dynamodb:*","kinesis:*","mobileanalytics:*","s3:*","ses:*","sns:*","sqs:*","lambda:*",
"machinelearning:*","execute-api:*","iot:*","gamelift:*","cognito-identity:*","cognito-idp:*","lex:*","polly:*",
"comprehend:*","translate:*","transcribe:*","rekognition:*","mobiletargeting:*","firehose:*","appsync:*","personalize:*",
"sagemaker:InvokeEndpoint","cognito-sync:*","codewhisperer:*","textract:DetectDocumentText",
"textract:AnalyzeDocument","sdb:*","rum:PutRumEvents"]}]}"#;

impl Defaults {
    /// The safe defaults: no classic flow, user pools are asked, guests are held to the services that Amazon leaves to
    /// them. Tokens are signed RS256 where RSA keys can be made (feature `aws-lc` of `jwt-tokens`), else ES256.
    pub fn hardened() -> Self {
        let rsa = SigningKey::can_generate(Algorithm::Rs256);
        Self {
            classic_flow: false,
            server_side_check: true,
            guest_ceiling: vec![GUEST_SERVICES.to_owned()],
            algorithm: if rsa { Algorithm::Rs256 } else { Algorithm::Es256 },
            outbound_tokens: false,
        }
    }

    /// Cognito's defaults: the classic flow is open, user pools are not asked.
    pub fn cognito() -> Self {
        Self { classic_flow: true, server_side_check: false, ..Self::hardened() }
    }
}
