use crate::canonical::PathForm;

/// For which region and service a signature is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// For instance `us-east-1`. Never empty in a signature that was read.
    pub region: String,
    /// For instance `cognito-idp`. Never empty in a signature that was read.
    pub service: String,
}

impl Scope {
    /// A scope from its parts.
    pub fn new(region: impl Into<String>, service: impl Into<String>) -> Self {
        Self { region: region.into(), service: service.into() }
    }

    /// Whether S3's own forms of paths and payloads hold.
    pub(crate) fn is_s3(&self) -> bool {
        self.service == "s3"
    }

    /// How this service writes paths.
    pub(crate) fn path_form(&self) -> PathForm {
        PathForm { normalize: !self.is_s3(), encode_twice: !self.is_s3() }
    }
}

/// What a server demands of signatures.
///
/// What is S3's alone (its form of paths, and payloads that are not signed or signed by chunks) holds for signatures whose
/// scope is `s3`, also where several services are accepted.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The services whose scope is accepted.
    pub services: Vec<String>,
    /// The region whose scope is accepted; `None` accepts every region but the empty one.
    pub region: Option<String>,
    /// How far the signature's time may lie from now, in seconds either way: 300 by default, 900 on AWS.
    pub skew_seconds: i64,
    keep_path: bool,
    presigned: bool,
    signed_besides: Vec<String>,
}

impl Rules {
    /// The rules of a service in one region.
    pub fn for_service(scope: Scope) -> Self {
        Self { region: Some(scope.region), ..Self::for_services(&[&scope.service]) }
    }

    /// The rules of one of several services behind one address, in any region.
    pub fn for_services(services: &[&str]) -> Self {
        Self {
            services: services.iter().map(|service| (*service).to_owned()).collect(),
            region: None,
            skew_seconds: 300,
            keep_path: false,
            presigned: true,
            signed_besides: Vec::new(),
        }
    }

    /// S3's rules, in any region: the path is neither resolved nor encoded twice, and the payload may be unsigned.
    pub fn for_s3() -> Self {
        Self::for_services(&["s3"])
    }

    /// The same rules for one region alone.
    #[must_use]
    pub fn in_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The same rules with paths as they are sent: dots and double slashes stay.
    #[must_use]
    pub fn keep_path(mut self) -> Self {
        self.keep_path = true;
        self
    }

    /// The same rules with another allowance for clocks, in seconds.
    #[must_use]
    pub fn skew_seconds(mut self, seconds: i64) -> Self {
        self.skew_seconds = seconds;
        self
    }

    /// The same rules without presigned requests, which live up to seven days and are passed around as links: for a
    /// service none of whose operations is meant for that, administration for one.
    #[must_use]
    pub fn without_presigned(mut self) -> Self {
        self.presigned = false;
        self
    }

    /// The same rules, where this header too must be signed if it is there. AWS demands it of none beside `host` and
    /// `x-amz-*`; a server that acts on another one, `content-type` say, may.
    #[must_use]
    pub fn signed_header(mut self, name: &str) -> Self {
        self.signed_besides.push(name.to_ascii_lowercase());
        self
    }

    pub(crate) fn takes_presigned(&self) -> bool {
        self.presigned
    }

    pub(crate) fn signed_besides(&self) -> &[String] {
        &self.signed_besides
    }

    pub(crate) fn accepts(&self, scope: &Scope) -> bool {
        let region = self.region.as_ref().is_none_or(|region| *region == scope.region);
        region && self.services.contains(&scope.service)
    }

    pub(crate) fn path_form(&self, scope: &Scope) -> PathForm {
        let form = scope.path_form();
        PathForm { normalize: form.normalize && !self.keep_path, ..form }
    }
}
