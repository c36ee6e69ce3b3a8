//! The managed policies of AWS. In: an ARN. Out: what it gives on DynamoDB and DAX. The facts and their sources are in
//! `data/managed-policies.json` and `data/managed-policy-names.txt`; AWS changes these policies without notice, so a
//! finding should name the version.

use std::sync::{Arc, LazyLock};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::{
    aws::iam::policy::Policy,
    value::{Reason, Unknown},
};

/// What is known of a managed policy.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Its ARN in the commercial partition.
    pub arn: Arc<str>,
    /// `v15`.
    pub version: Arc<str>,
    /// Its statements about DynamoDB and DAX.
    pub policy: Arc<Policy>,
}

/// What an ARN of a managed policy of AWS stands for.
#[derive(Clone, Debug)]
pub enum Found {
    /// It gives access to DynamoDB or DAX.
    Known(&'static Managed),
    /// It exists and gives none.
    Irrelevant,
    /// No such policy was known when the data was made.
    Unheard,
}

#[derive(Deserialize)]
struct Data {
    policies: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "name")]
    name: String,
    #[serde(rename = "arn")]
    arn: String,
    #[serde(rename = "version")]
    version: String,
    statement: serde_json::Value,
}

static MANAGED: LazyLock<FxHashMap<String, Managed>> = LazyLock::new(|| {
    let data = serde_json::from_str::<Data>(include_str!("../data/managed-policies.json"));
    let managed = |row: Row| {
        let document = serde_json::json!({ "Version": "2012-10-17", "Statement": row.statement }).to_string();
        let policy = Arc::new(Policy::from_json(row.name.as_str(), &document));
        (row.name, Managed { arn: row.arn.into(), version: row.version.into(), policy })
    };
    data.map_or_else(|_| FxHashMap::default(), |data| data.policies.into_iter().map(managed).collect())
});

static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
    include_str!("../data/managed-policy-names.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// The name in an ARN of a managed policy of AWS, `arn:aws:iam::aws:policy/job-function/DataScientist`.
pub fn name_in(arn: &str) -> Option<&str> {
    let (head, tail) = arn.split_once(":iam::aws:policy/")?;
    head.starts_with("arn:").then(|| tail.rsplit('/').next()).flatten()
}

/// Looks a policy up by its name.
pub fn named(name: &str) -> Found {
    match MANAGED.get(name) {
        Some(managed) => Found::Known(managed),
        None if NAMES.contains(name) => Found::Irrelevant,
        None => Found::Unheard,
    }
}

/// The policy that stands for an ARN of AWS; `None` when it gives nothing on DynamoDB and DAX.
pub fn policy(name: &str) -> Option<Arc<Policy>> {
    match named(name) {
        Found::Known(managed) => Some(Arc::clone(&managed.policy)),
        Found::Irrelevant => None,
        Found::Unheard => Some(Arc::new(Policy::unknown(
            name,
            Arc::new(Unknown::new(Reason::External, format!("managed policy {name}"))),
        ))),
    }
}

/// Whether AWS made the policy of this name for roles of its services, as `AWSBackupServiceRolePolicyForBackup`.
pub fn is_for_services(name: &str) -> bool {
    MANAGED.get(name).is_some_and(|managed| {
        ["policy/service-role/", "policy/aws-service-role/"].iter().any(|path| managed.arn.contains(path))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::aws::iam::actions::Universe;

    #[test]
    fn policies_are_found_by_arn() {
        assert_eq!(name_in("arn:aws:iam::aws:policy/job-function/DataScientist"), Some("DataScientist"));
        assert_eq!(name_in("arn:aws:iam::111122223333:policy/Mine"), None);
        let Found::Known(full) = named("AmazonDynamoDBFullAccess") else { unreachable!("listed") };
        let index = Universe::standard().index("dynamodb:DeleteTable").unwrap();
        assert!(full.policy.statements.iter().any(|statement| statement.bits(Universe::standard()).must.has(index)));
        assert!(matches!(named("AWSLambdaBasicExecutionRole"), Found::Irrelevant));
        assert!(matches!(named("NoSuchPolicyOfAws"), Found::Unheard));
        assert_eq!(MANAGED.len(), 78);
    }
}
