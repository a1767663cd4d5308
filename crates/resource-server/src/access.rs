use iam_policy::Context;

/// What a request wants to do: actions on resources, each of which must be allowed, under circumstances that the resource
/// server knows.
///
/// ```
/// use resource_server::Access;
///
/// let access = Access::to("notes:Read", "arn:aws:notes:::engines/1").given("aws:SourceIp", "192.0.2.7");
/// ```
#[derive(Clone, Debug)]
pub struct Access {
    pub(crate) wanted: Vec<(String, String)>,
    pub(crate) context: Context,
}

impl Access {
    /// This action on this resource: an ARN, or `*` where the action has none.
    pub fn to(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { wanted: vec![(action.into(), resource.into())], context: Context::new() }
    }

    /// This action on this resource, too.
    #[must_use]
    pub fn and(mut self, action: impl Into<String>, resource: impl Into<String>) -> Self {
        self.wanted.push((action.into(), resource.into()));
        self
    }

    /// Under this circumstance: a condition key of one value. The time (`aws:CurrentTime`, `aws:EpochTime`) and who asks
    /// are added by the verification and cannot be set.
    #[must_use]
    pub fn given(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.set(key, vec![value.into()]);
        self
    }
}
