//! Functions: where they run, and how they are called.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use userpool_core::ports::HookError;

/// Whether an answer is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// It is.
    Answered,
    /// The event is handed over; what comes of it, nobody here asks.
    HandedOver,
}

/// Calls functions.
///
/// # Contract
///
/// - An answer comes within 5 seconds, or is tried for again: three times at most where none came or the other side was not able to
///   give one. A function may thus be called more than once for one event.
/// - What the function throws is [`HookError::Refused`] with its words; what is no answer is [`HookError::Invalid`]; everything
///   else is [`HookError::Failed`].
#[async_trait]
pub trait Functions: Send + Sync {
    /// Whether this function can be called from here.
    fn calls(&self, function: &str) -> bool;

    /// Calls the function with this event, and gives what it answers; [`Value::Null`] where no answer is waited for.
    ///
    /// # Errors
    ///
    /// [`HookError`].
    async fn invoke(&self, function: &str, event: &Value, mode: Mode) -> Result<Value, HookError>;
}

/// The first of several that can call a function.
pub struct Routes(pub Vec<Arc<dyn Functions>>);

#[async_trait]
impl Functions for Routes {
    fn calls(&self, function: &str) -> bool {
        self.0.iter().any(|route| route.calls(function))
    }

    async fn invoke(&self, function: &str, event: &Value, mode: Mode) -> Result<Value, HookError> {
        match self.0.iter().find(|route| route.calls(function)) {
            Some(route) => route.invoke(function, event, mode).await,
            None => Err(HookError::Failed(format!("nobody here calls {function}").into())),
        }
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Routes").field(&self.0.len()).finish()
    }
}

/// The name in `arn:aws:lambda:{region}:{account}:function:{name}`; `None` for anything else.
pub(super) fn name_of(function: &str) -> Option<&str> {
    let parts: Vec<&str> = function.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "lambda", _, _, "function", name] | ["arn", _, "lambda", _, _, "function", name, _] => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_by_its_arn() {
        assert_eq!(name_of("arn:aws:lambda:us-east-1:123456789012:function:hello"), Some("hello"));
        assert_eq!(name_of("arn:aws:lambda:us-east-1:123456789012:function:hello:7"), Some("hello"));
        for other in ["hello", "arn:aws:sns:us-east-1:123456789012:hello", "arn:aws:lambda:us-east-1:1:layer:hello"] {
            assert_eq!(name_of(other), None, "{other}");
        }
    }
}
