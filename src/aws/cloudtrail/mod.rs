//! Audit trails. In: trails and event data stores of a project. Out: which events of a table they record.

pub mod selection;
pub mod suspect;
pub mod trail;

pub use selection::Summary;
pub use suspect::{Suspect, Why, suspects};
pub use trail::{Recorded, Trail, recorded};
