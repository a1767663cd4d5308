//! Nothing: this package is only there to be fetched with.
