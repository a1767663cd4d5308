//! The rules of a user pool storage.

mod clients;
mod devices;
mod endings;
mod factors;
mod fixtures;
mod groups;
mod history;
mod imports;
mod passkeys;
mod passwords;
mod pools;
mod protection;
mod resource_servers;
mod searches;
mod session_tracking;
mod sign_ins;
mod users;
mod wholes;

pub use clients::*;
pub use devices::*;
pub use endings::*;
pub use factors::*;
pub use groups::*;
pub use history::*;
pub use imports::*;
pub use passkeys::*;
pub use passwords::*;
pub use pools::*;
pub use protection::*;
pub use resource_servers::*;
pub use searches::*;
pub use session_tracking::*;
pub use sign_ins::*;
pub use users::*;
pub use wholes::*;
