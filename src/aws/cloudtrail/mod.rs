//! Audit trails. In: trails and event data stores of a project. Out: which events of a table they record.

pub mod selection;
