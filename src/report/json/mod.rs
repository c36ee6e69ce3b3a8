//! The JSON document (`docs/json.md`), as a whole or a result a line. Its schema is made from these types.

pub mod condition;
pub mod document;
mod inert;
pub mod resolved;

use std::io::{self, Write};

pub use inert::{line, pretty};

use crate::report::Context;

/// Writes the document, indented, with a line feed at the end.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    pretty(out, &document::Document::new(context))
}

/// Writes each result that counts as one line.
///
/// # Errors
/// What the writer's target says.
pub fn write_lines(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in context.findings() {
        line(out, &document::Outcome::new(context.sources, finding))?;
    }
    Ok(())
}

/// The JSON Schema of the document.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(document::Document<'static>).to_value()
}
