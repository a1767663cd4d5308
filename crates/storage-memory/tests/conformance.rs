//! The memory store keeps every rule of the storage contracts.

use storage_conformance::Yielding;
use storage_memory::MemoryStore;

storage_conformance::all_rules!(Some(Yielding(MemoryStore::new())));
