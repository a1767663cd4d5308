//! Compiled policies of roles, kept.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::compiled::RolePolicies;

/// So many roles are kept compiled. A role of a few policies takes some KiB.
const MOST_KEPT: usize = 1024;

/// Compiled policies by role, each with the versions of the records they were read from: 1024 at most, of which any goes when
/// another comes.
#[derive(Debug, Default)]
pub(crate) struct CompiledRoles(RwLock<HashMap<String, Compiled>>);

/// A role's policies, and the versions of the records they were read from.
#[derive(Debug)]
struct Compiled {
    versions: Vec<u64>,
    policies: Arc<RolePolicies>,
}

impl CompiledRoles {
    /// The policies of the role of this ARN, if they were read from these versions of this role and of what it depends on.
    pub(crate) fn get(&self, arn: &str, id: &str, versions: &[u64]) -> Option<Arc<RolePolicies>> {
        let roles = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Compiled| known.versions == versions && known.policies.role_id() == id;
        roles.get(arn).filter(same).map(|known| Arc::clone(&known.policies))
    }

    pub(crate) fn insert(&self, arn: &str, versions: Vec<u64>, policies: Arc<RolePolicies>) {
        let mut roles = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if roles.len() >= MOST_KEPT && !roles.contains_key(arn) {
            let any = roles.keys().next().cloned();
            any.and_then(|any| roles.remove(&any));
        }
        roles.insert(arn.to_owned(), Compiled { versions, policies });
    }

    pub(crate) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiled_roles_are_1024_at_most() {
        let roles = CompiledRoles::default();
        let policies = Arc::new(RolePolicies::from_documents("AROAX", [], None).unwrap());

        for number in 0..1030 {
            roles.insert(&format!("arn/{number}"), vec![1], Arc::clone(&policies));
        }
        roles.insert("arn/1029", vec![2, 7], policies);

        assert_eq!(roles.0.read().unwrap().len(), MOST_KEPT);
        assert!(roles.get("arn/1029", "AROAX", &[2, 7]).is_some());
        assert!(roles.get("arn/1029", "AROAX", &[1]).is_none() && roles.get("arn/1029", "AROAX", &[2, 8]).is_none());
    }
}
