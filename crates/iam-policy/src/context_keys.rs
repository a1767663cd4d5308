//! Which circumstances a document asks for.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::policy::Policy;
use crate::variable;

/// Condition keys as they are written, by their form without case.
#[derive(Default)]
pub(crate) struct Keys {
    written: BTreeMap<String, String>,
    /// Whether `${` begins a variable in the document that is read.
    variables: bool,
}

impl Keys {
    fn add(&mut self, key: &str) {
        self.written.entry(key.to_ascii_lowercase()).or_insert_with(|| key.to_owned());
    }

    fn add_variables(&mut self, text: &str) {
        for (at, _) in text.match_indices("${") {
            if let Some(key) = text.get(at..).and_then(variable::needed_key) {
                self.add(key);
            }
        }
    }

    fn add_texts(&mut self, value: &Value) {
        match value {
            Value::String(text) if self.variables => self.add_variables(text),
            Value::Array(many) => many.iter().for_each(|one| self.add_texts(one)),
            _ => {}
        }
    }

    fn add_conditions(&mut self, operators: &Value) {
        for keys in operators.as_object().into_iter().flat_map(|operators| operators.values()) {
            for (key, values) in keys.as_object().into_iter().flatten() {
                self.add(key);
                self.add_texts(values);
            }
        }
    }

    fn add_statement(&mut self, statement: &Value) {
        for name in ["Resource", "NotResource"] {
            self.add_texts(statement.get(name).unwrap_or(&Value::Null));
        }
        self.add_conditions(statement.get("Condition").unwrap_or(&Value::Null));
    }

    /// Adds the keys of one document.
    pub(crate) fn add_policy(&mut self, policy: &Policy) {
        let document: Value = serde_json::from_str(policy.json()).unwrap_or_default();
        self.variables = document.get("Version").is_some_and(|version| version == "2012-10-17");
        match document.get("Statement") {
            Some(Value::Array(many)) => many.iter().for_each(|one| self.add_statement(one)),
            Some(one) => self.add_statement(one),
            None => {}
        }
    }

    /// The keys, by their form without case, each with the form in which it is written first.
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (String, String)> {
        self.written.into_iter()
    }
}

impl Policy {
    /// The condition keys that the document asks for, in conditions and in variables without a default: each once, as it is
    /// written first, in the order of their letters. A decision is sure only where all of them were given, or are known to
    /// be absent.
    ///
    /// ```
    /// # fn main() -> Result<(), iam_policy::PolicyError> {
    /// let policy = iam_policy::Policy::parse("own", iam_policy::PolicyKind::Identity, r#"{"Version": "2012-10-17",
    ///   "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:userid}/*",
    ///     "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}"#)?;
    ///
    /// assert_eq!(policy.context_keys(), ["aws:SecureTransport", "aws:userid"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn context_keys(&self) -> Vec<String> {
        let mut keys = Keys::default();
        keys.add_policy(self);
        keys.into_pairs().map(|(_, written)| written).collect()
    }
}
