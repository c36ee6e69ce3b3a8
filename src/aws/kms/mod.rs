//! Encryption keys. In: the key settings of a resource. Out: whose key it is.

pub mod class;

pub use class::{Encryption, KeyClass};
