use std::collections::BTreeMap;

/// The circumstances of a request: condition keys and their values.
///
/// Keys are compared without regard to case. A key has one value or, like `amr`, several.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// No circumstances.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// These circumstances with one more key of one value.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, vec![value.into()]);
        self
    }

    /// These circumstances with one more key of several values.
    #[must_use]
    pub fn with_all<V: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.set(key, values.into_iter().map(Into::into).collect());
        self
    }

    /// Sets a key's values; what stood there is gone.
    pub fn set(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_ascii_lowercase(), values);
    }

    /// Every key, in lower case, with its values.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// The key's values; `None` if the key is absent. `key` in lower case.
    pub(crate) fn values(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// The key's value if it has exactly one. `key` in lower case.
    pub(crate) fn single(&self, key: &str) -> Option<&str> {
        match self.values(key) {
            Some([one]) => Some(one),
            _ => None,
        }
    }
}
