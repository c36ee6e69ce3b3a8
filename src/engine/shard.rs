//! A part of a run. In: `2/4`. Out: whether a stack belongs to the second of four parts, the same on every machine.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

/// One of several parts of the stacks of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u64,
    /// How many parts there are.
    pub count: u64,
}

/// The most parts that one run can have.
const MAX_SHARDS: u64 = 10_000;

impl Shard {
    /// Whether the stack with this id is judged in this part.
    pub fn holds(self, stack: &str) -> bool {
        let digest = Sha256::digest(stack.as_bytes());
        let number = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        number % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Some(Self { index: index.trim().parse().ok()?, count: count.trim().parse().ok()? })
        });
        match parsed {
            Some(shard) if (1..=shard.count).contains(&shard.index) && shard.count <= MAX_SHARDS => Ok(shard),
            _ => Err("expected PART/PARTS, as in 2/4".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_stack_is_in_exactly_one_part() {
        for number in 0..200 {
            let stack = format!("services/{number}/template.yaml");
            let holders = (1..=7).filter(|index| Shard { index: *index, count: 7 }.holds(&stack)).count();
            assert_eq!(holders, 1, "{stack}");
        }
    }

    #[test]
    fn parts_count_from_one() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, count: 4 }));
        for wrong in ["0/4", "5/4", "1/0", "1", "a/b", "1/99999999"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
