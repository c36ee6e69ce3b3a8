//! Whose key encrypts. In: whether encryption with KMS is on, and the key as text. Out: the class.
//! Source: DynamoDB Developer Guide, "DynamoDB encryption at rest" (AWS owned, AWS managed, customer managed).

use crate::{
    aws::symbolic::{self, literal},
    value::{Pattern, Truth},
};

/// The alias of DynamoDB's AWS managed key.
pub const MANAGED_ALIAS: &str = "alias/aws/dynamodb";
/// The beginning of every alias of an AWS managed key.
pub const MANAGED_PREFIX: &str = "alias/aws/";

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyClass {
    /// Owned by AWS: nobody in the account sees or controls it.
    AwsOwned,
    /// In the account, but managed by AWS (`alias/aws/…`): no policy of one's own.
    AwsManaged,
    /// Managed by the customer, created in the project.
    Customer,
    /// Managed by the customer, outside the project.
    CustomerOutside,
    /// Not known.
    Unknown,
}

impl KeyClass {
    /// The class, given whether encryption with KMS is enabled and the class of the key that is named, if any.
    /// A key beside a disabled encryption has no effect.
    pub fn of_encryption(enabled: Truth, key: Option<Self>) -> Self {
        match enabled {
            Truth::False => Self::AwsOwned,
            Truth::Unknown => Self::Unknown,
            Truth::True => key.unwrap_or(Self::AwsManaged),
        }
    }

    /// The class of a key that is only known by its text: id, ARN, alias or alias ARN.
    pub fn of_text(key: &Pattern) -> Self {
        let is_alias_arn = symbolic::contains(key, &literal(":alias/"));
        let managed = symbolic::starts_with(key, &literal(MANAGED_PREFIX))
            .or(symbolic::contains(key, &literal(&format!(":{MANAGED_PREFIX}"))));
        let alias = symbolic::starts_with(key, &literal("alias/")).or(is_alias_arn);
        let id = symbolic::contains(key, &literal(":key/"))
            .or(symbolic::starts_with(key, &literal("mrk-")))
            .or(Truth::from(key.literal().is_some_and(|text| text.len() == 36 && text.split('-').count() == 5)));
        match (managed, alias.or(id)) {
            (Truth::True, _) => Self::AwsManaged,
            (Truth::False, Truth::True) => Self::CustomerOutside,
            // `…:key/${x}` cannot be an alias, whatever the symbol is.
            (Truth::Unknown, Truth::True) if id.is_true() => Self::CustomerOutside,
            _ => Self::Unknown,
        }
    }

    /// The name in vectors and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::AwsOwned => "aws-owned",
            Self::AwsManaged => "aws-managed",
            Self::Customer => "cmk",
            Self::CustomerOutside => "cmk-external",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is the customer's.
    pub fn is_customer(self) -> Truth {
        match self {
            Self::AwsOwned | Self::AwsManaged => Truth::False,
            Self::Customer | Self::CustomerOutside => Truth::True,
            Self::Unknown => Truth::Unknown,
        }
    }
}
