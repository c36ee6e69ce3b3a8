//! Kleene's three-valued logic.

/// True, false, or not decided by what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// Certainly not.
    False,
    /// Neither is certain.
    Unknown,
    /// Certainly so.
    True,
}

impl Truth {
    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// All hold; true for none.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().min().unwrap_or(Self::True)
    }

    /// One holds; false for none.
    pub fn any(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().max().unwrap_or(Self::False)
    }

    /// Certainly so.
    pub fn is_true(self) -> bool {
        self == Self::True
    }

    /// Certainly not.
    pub fn is_false(self) -> bool {
        self == Self::False
    }

    /// Not certainly false.
    pub fn is_possible(self) -> bool {
        self != Self::False
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Unknown, Self::from)
    }
}
