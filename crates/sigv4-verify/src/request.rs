/// A request as it came over the wire: nothing decoded, nothing normalised.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl HttpRequest {
    /// A request for `target`: the path, and after a `?` the query, as they stand in the request line.
    pub fn new(method: impl Into<String>, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method: method.into(), path: path.to_owned(), query: query.to_owned(), headers: Vec::new() }
    }

    /// The same request with one more header, in the order of the wire.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push_header(name, value);
        self
    }

    /// Adds a header behind the others.
    pub fn push_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
    }

    /// The path, as it stands in the request line.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The headers, names in lower case.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Every value of this header, in order. `name` in lower case.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The value of a header that may stand only once; `Err` if it stands twice.
    pub(crate) fn single<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>, ()> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (first, None) => Ok(first),
            _ => Err(()),
        }
    }
}

/// The request's body, as far as the verifier has it.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// It streams past somebody else, who holds it to the declared hash or chunk signatures.
    Streaming,
}
