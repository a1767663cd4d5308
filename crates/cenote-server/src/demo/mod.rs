//! `cenote demo`.

use crate::Failure;

pub(crate) async fn run() -> Result<(), Failure> {
    Err("later".into())
}
