//! Terraform's value system: types, values with unknowns, marks and places, conversion and unification.
//! In: literals and results of functions. Out: values that agree with Terraform 1.11, and, beside an unknown,
//! what a checker can know of it beyond Terraform (its [`Hint`]).

pub mod convert;
pub mod digits;
pub mod equality;
pub mod marks;
pub mod number;
pub mod quote;
pub mod refine;
pub mod set;
pub mod types;
pub mod unify;
pub mod unknown;
pub mod val;

pub use convert::{ConvertError, convert};
pub use equality::equals;
pub use marks::Marks;
pub use number::Number;
pub use types::{Attribute, Type};
pub use unify::unify;
pub use unknown::{Form, Hint, MAX_ARMS, Piece, Reference, Refinement, Unknown};
pub use val::{Entries, Kind, Text, Val};
