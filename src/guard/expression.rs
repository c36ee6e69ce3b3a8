//! Regular expressions of policies: those of the crate `fancy-regex`, as the original engine has them, with a bound on
//! backtracking and on size. In: the text between slashes. Out: whether a text matches, or that the bound was reached.

use fancy_regex::{Regex, RegexBuilder};

/// How many steps of backtracking a match may take.
pub const MAX_BACKTRACKING: usize = 200_000;

/// How many bytes a compiled expression may take.
pub const MAX_SIZE: usize = 10 << 20;

/// A compiled expression.
#[derive(Debug)]
pub struct Expression {
    text: String,
    regex: Regex,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(text)
            .backtrack_limit(MAX_BACKTRACKING)
            .delegate_size_limit(MAX_SIZE)
            .delegate_dfa_size_limit(MAX_SIZE)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { text: text.to_owned(), regex })
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether some part of the text matches.
    ///
    /// # Errors
    /// When the bound on backtracking was reached.
    pub fn is_match(&self, text: &str) -> Result<bool, String> {
        self.regex.is_match(text).map_err(|_| self.runaway())
    }

    /// Every match, replaced; what does not match is left out.
    ///
    /// # Errors
    /// When the bound on backtracking was reached.
    pub fn replace(&self, text: &str, replacement: &str) -> Result<String, String> {
        let mut replaced = String::new();
        for found in self.regex.captures_iter(text) {
            found.map_err(|_| self.runaway())?.expand(replacement, &mut replaced);
        }
        Ok(replaced)
    }

    fn runaway(&self) -> String {
        format!("the expression /{}/ takes more than {MAX_BACKTRACKING} steps on a text", self.text)
    }
}
