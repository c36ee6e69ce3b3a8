//! The syntax of a policy of AWS CloudFormation Guard (docs.aws.amazon.com/cfn-guard, "Writing AWS CloudFormation Guard
//! rules"; the grammar is in `parser.rs` of aws-cloudformation/cloudformation-guard 3). In: nothing. Out: the types that
//! [`super::parse`] makes and [`super::evaluate`] reads.

use std::sync::Arc;

use crate::guard::expression::Expression;

/// All of these hold; each is a list of alternatives.
pub type Conjunction = Vec<Vec<Clause>>;

/// A policy file.
#[derive(Debug, Default)]
pub struct Policy {
    /// Variables of the whole file.
    pub lets: Vec<Let>,
    /// Its rules; clauses outside of rules are one rule named `default`.
    pub rules: Vec<RuleBody>,
    /// Rules with parameters, which only run when they are called.
    pub callable: Vec<RuleBody>,
}

/// `rule NAME(PARAMETERS) when CONDITIONS { … }`
#[derive(Debug, Default)]
pub struct RuleBody {
    /// Its name.
    pub name: Arc<str>,
    /// Where the name is written: byte offsets in the policy.
    pub place: std::ops::Range<usize>,
    /// Names of its parameters.
    pub parameters: Vec<Arc<str>>,
    /// When it applies.
    pub conditions: Option<Conjunction>,
    /// What it demands.
    pub block: Block,
}

/// `{ let …  clause … }`
#[derive(Debug, Default)]
pub struct Block {
    /// Variables of the block.
    pub lets: Vec<Let>,
    /// What it demands.
    pub clauses: Conjunction,
}

/// `let NAME = VALUE`
#[derive(Debug)]
pub struct Let {
    /// The name without `%`.
    pub name: Arc<str>,
    /// What it stands for.
    pub value: Operand,
}

/// What a clause compares with, or a variable stands for.
#[derive(Debug)]
pub enum Operand {
    /// A value as written.
    Literal(Literal),
    /// What a query finds.
    Query(Query),
    /// What a function makes.
    Call(Function, Vec<Operand>),
}

/// A value as written.
#[derive(Debug)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`
    Bool(bool),
    /// `10`
    Int(i64),
    /// `1.5`
    Float(f64),
    /// `"text"`
    Text(Arc<str>),
    /// `/expression/`
    Regex(Expression),
    /// `r[1, 10)` of whole numbers.
    Ints(Interval<i64>),
    /// `r[0.5, 1.5)` of other numbers.
    Floats(Interval<f64>),
    /// `r[a, z]` of characters.
    Chars(Interval<char>),
    /// `[…]`
    List(Vec<Literal>),
    /// `{key: …}`
    Map(Vec<(Arc<str>, Literal)>),
}

/// A range of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval<T> {
    /// The lower end, and whether it belongs to the range.
    pub lower: (T, bool),
    /// The upper end, and whether it belongs to the range.
    pub upper: (T, bool),
}

impl<T: PartialOrd> Interval<T> {
    /// Whether a value lies within.
    pub fn holds(&self, value: &T) -> bool {
        let above = if self.lower.1 { *value >= self.lower.0 } else { *value > self.lower.0 };
        let below = if self.upper.1 { *value <= self.upper.0 } else { *value < self.upper.0 };
        above && below
    }
}

/// A way into the document: `some %tables.Properties.Tags[*].Key`.
#[derive(Debug)]
pub struct Query {
    /// The steps; there is at least one.
    pub parts: Vec<Part>,
    /// Whether every value that it finds must comply; not after `some`.
    pub all: bool,
}

/// A step of a query.
#[derive(Debug)]
pub enum Part {
    /// `this`
    This,
    /// `.name`
    Key(Arc<str>),
    /// `%name`, or the keys that it holds when it isn't the first step.
    Variable(Arc<str>),
    /// `.*`; with a name, a variable that collects the keys: `[name]`.
    Values(Option<Arc<str>>),
    /// `[*]`; with a name as before.
    Indices(Option<Arc<str>>),
    /// `[2]`
    Index(i32),
    /// `[ clauses ]`; with a name as before.
    Filter(Option<Arc<str>>, Conjunction),
    /// `[ keys == … ]`, `[ keys in … ]`; whether it is negated.
    Keys(Operator, bool, Box<Operand>),
}

/// What a clause asks of the values that its query finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Eq,
    /// `in`
    In,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `exists`
    Exists,
    /// `empty`
    Empty,
    /// `is_string`
    IsString,
    /// `is_list`
    IsList,
    /// `is_struct`
    IsStruct,
    /// `is_bool`
    IsBool,
    /// `is_int`
    IsInt,
    /// `is_float`
    IsFloat,
    /// `is_null`
    IsNull,
}

impl Operator {
    /// Whether it compares with something.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Eq | Self::In | Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }
}

/// One demand.
#[derive(Debug)]
pub enum Clause {
    /// A query and what its values must be.
    Test(Test),
    /// The status of another rule.
    Rule(RuleStatus),
    /// A rule with arguments.
    Call(RuleCall),
    /// A block that each value of a query must satisfy.
    Each(EachBlock),
    /// A block with conditions.
    When(Conjunction, Block),
    /// A block for each resource of a type.
    Type(TypeBlock),
}

/// `query operator value << message >>`
#[derive(Debug)]
pub struct Test {
    /// What is asked about.
    pub query: Query,
    /// What is asked.
    pub operator: Operator,
    /// `!=`, `not in`, `!exists`.
    pub negated: bool,
    /// `not` or `!` before the query.
    pub inverted: bool,
    /// What it is compared with.
    pub with: Option<Operand>,
    /// What the author says of a failure.
    pub message: Option<Arc<str>>,
    /// The clause as written, without message.
    pub text: Arc<str>,
}

/// `!NAME << message >>`
#[derive(Debug)]
pub struct RuleStatus {
    /// The rule.
    pub name: Arc<str>,
    /// Whether it must not pass.
    pub negated: bool,
    /// What the author says of a failure.
    pub message: Option<Arc<str>>,
}

/// `NAME(argument, …) << message >>`
#[derive(Debug)]
pub struct RuleCall {
    /// The rule.
    pub name: Arc<str>,
    /// The arguments.
    pub arguments: Vec<Operand>,
    /// What the author says of a failure.
    pub message: Option<Arc<str>>,
}

/// `query { … }`
#[derive(Debug)]
pub struct EachBlock {
    /// The values.
    pub query: Query,
    /// Whether there must be one.
    pub not_empty: bool,
    /// What each must satisfy.
    pub block: Block,
    /// The query as written.
    pub text: Arc<str>,
}

/// `AWS::DynamoDB::Table when conditions { … }`
#[derive(Debug)]
pub struct TypeBlock {
    /// The resources of the type.
    pub query: Query,
    /// When they are judged.
    pub conditions: Option<Conjunction>,
    /// What each must satisfy.
    pub block: Block,
}

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// How many values are there.
    Count,
    /// Texts joined by a delimiter.
    Join,
    /// A text as JSON or YAML.
    JsonParse,
    /// The time.
    Now,
    /// A text as boolean.
    ParseBoolean,
    /// A text as character.
    ParseChar,
    /// A date as seconds since 1970.
    ParseEpoch,
    /// A text as number.
    ParseFloat,
    /// A text as whole number.
    ParseInt,
    /// A scalar as text.
    ParseString,
    /// The matches of an expression, each replaced.
    RegexReplace,
    /// Part of a text.
    Substring,
    /// In small letters.
    ToLower,
    /// In capitals.
    ToUpper,
    /// Percent escapes resolved.
    UrlDecode,
}

impl Function {
    /// The function of a name, and how many arguments it takes.
    pub fn named(name: &str) -> Option<(Self, usize)> {
        Some(match name {
            "count" => (Self::Count, 1),
            "join" => (Self::Join, 2),
            "json_parse" => (Self::JsonParse, 1),
            "now" => (Self::Now, 0),
            "parse_boolean" => (Self::ParseBoolean, 1),
            "parse_char" => (Self::ParseChar, 1),
            "parse_epoch" => (Self::ParseEpoch, 1),
            "parse_float" => (Self::ParseFloat, 1),
            "parse_int" => (Self::ParseInt, 1),
            "parse_string" => (Self::ParseString, 1),
            "regex_replace" => (Self::RegexReplace, 3),
            "substring" => (Self::Substring, 3),
            "to_lower" => (Self::ToLower, 1),
            "to_upper" => (Self::ToUpper, 1),
            "url_decode" => (Self::UrlDecode, 1),
            _ => return None,
        })
    }
}
