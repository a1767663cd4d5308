/// A request as it came over the wire: nothing decoded, nothing normalised.
///
/// With the feature `http` it is made from `&http::request::Parts`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HttpRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    headers: Vec<(String, Vec<u8>)>,
}

impl HttpRequest {
    /// A request for `target`: the path, and after a `?` the query, as they stand in the request line.
    pub fn new(method: impl Into<String>, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method: method.into(), path: path.to_owned(), query: query.to_owned(), headers: Vec::new() }
    }

    /// The same request with one more header, in the order of the wire.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.push_header(name, value);
        self
    }

    /// Adds a header behind the others.
    pub fn push_header(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
    }

    /// Puts a header in the place of all that have its name.
    pub(crate) fn set_header(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.remove_header(name);
        self.push_header(name, value);
    }

    /// Takes all headers of this name away.
    pub(crate) fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(own, _)| own != name);
    }

    /// Adds parameters, encoded, behind the others.
    pub(crate) fn push_query(&mut self, parameters: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(parameters);
    }

    /// The method, as it stands in the request line.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, as it stands in the request line.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query, as it stands in the request line behind the `?`; empty if there is none.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Path and query, as they stand in the request line.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The headers in the order of the wire, names in lower case, values as they came.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The value of the header that stands exactly once and is text. `name` in lower case.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.single(name).ok().flatten().and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The value of a header that may stand only once; `Err` if it stands twice.
    pub(crate) fn single(&self, name: &str) -> Result<Option<&[u8]>, ()> {
        let mut values = self.headers().filter(|(own, _)| *own == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (first, None) => Ok(first),
            _ => Err(()),
        }
    }
}

/// The request line and headers as they came. A request of HTTP/2 may name its host in `:authority` alone, which is what
/// its client signs as `host`: then it becomes that header.
#[cfg(feature = "http")]
impl From<&http::request::Parts> for HttpRequest {
    fn from(parts: &http::request::Parts) -> Self {
        let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let mut request = Self::new(parts.method.as_str(), target);
        if let Some(authority) = parts.uri.authority().filter(|_| !parts.headers.contains_key(http::header::HOST)) {
            request.push_header("host", authority.as_str());
        }
        for (name, value) in &parts.headers {
            request.push_header(name.as_str(), value.as_bytes());
        }
        request
    }
}

/// The request's body, as far as the verifier has it.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// It streams past somebody else, who holds it to the declared hash or chunk signatures: see
    /// [`Payload`](crate::Payload).
    Streaming,
}
