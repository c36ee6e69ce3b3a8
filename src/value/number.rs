//! Numbers of the model: exact decimal text, since Terraform's have 512 bits and JSON's any number of digits.

use std::{fmt, sync::Arc};

/// A finite number as its shortest decimal text without exponent (`-12`, `0.5`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Arc<str>);

impl Number {
    /// From decimal text that the caller has brought into the canonical form.
    pub fn from_text(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The decimal text.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The whole number, when it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The nearest double.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
