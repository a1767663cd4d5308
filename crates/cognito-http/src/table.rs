//! Which operations there are, and what serves those that are built.

use std::collections::BTreeMap;

use cognito_wire::{OperationInfo, Service};

use crate::entry::Entry;

/// The operations that are built, by service and name.
pub(crate) struct Table(BTreeMap<(Service, &'static str), Entry>);

impl Table {
    /// The table of these entries.
    pub(crate) fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self(entries.into_iter().map(|entry| ((entry.info.service, entry.info.name), entry)).collect())
    }

    /// What serves an operation; `None` if it is not built.
    pub(crate) fn find(&self, info: &'static OperationInfo) -> Option<&Entry> {
        self.0.get(&(info.service, info.name))
    }

    /// Every operation of the API and whether it is built.
    pub(crate) fn states(&self) -> Vec<OperationState> {
        let of_service = |service: Service| service.operations().iter();
        let state = |info: &&'static OperationInfo| OperationState {
            service: info.service.name(),
            name: info.name,
            built: self.find(info).is_some(),
        };
        Service::ALL.into_iter().flat_map(of_service).map(state).collect()
    }
}

/// Whether an operation is built.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperationState {
    /// `cognito-idp`, `cognito-identity`, `sts` or `iam`.
    pub service: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it does what it says; else it answers `UnsupportedOperation`.
    pub built: bool,
}

#[cfg(test)]
mod tests {
    use crate::built;

    #[test]
    fn no_operation_is_served_twice() {
        let entries = crate::entries();
        let count = entries.len();

        let built = built().states().into_iter().filter(|state| state.built).count();

        assert_eq!(built, count);
    }
}
