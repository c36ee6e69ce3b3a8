//! Encryption keys. In: keys, aliases and the properties that name them. Out: whose key it is, which key, and
//! whether it can rotate.

pub mod class;
pub mod rotation;
pub mod usage;

pub use class::KeyClass;
pub use rotation::Rotation;
pub use usage::KeyUse;
