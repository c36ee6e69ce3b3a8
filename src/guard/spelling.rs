//! Other spellings of a key: a policy that asks for `bucket_name` finds `BucketName` (the original engine tries these
//! cases in this order, and stays with the one that found something).

/// Writes a key in a case.
pub type Case = fn(&str) -> String;

/// The cases, in order.
pub const CASES: &[Case] = &[
    |key| camel(&words(key)),
    |key| joined(&words(key), "", capital),
    |key| joined(&words(key), "-", str::to_owned),
    |key| joined(&words(key), "_", str::to_owned),
    |key| joined(&words(key), " ", capital),
    |key| joined(&words(key), "-", capital),
];

/// Words in small letters: split at separators and before capitals.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut starts = true;
    let mut was_small = false;
    for c in key.chars() {
        if !c.is_alphanumeric() {
            starts = true;
            continue;
        }
        if starts || (was_small && c.is_uppercase()) {
            words.push(String::new());
            starts = false;
        }
        was_small = !c.is_uppercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn joined(words: &[String], separator: &str, form: fn(&str) -> String) -> String {
    words.iter().map(|word| form(word)).collect::<Vec<_>>().join(separator)
}

fn camel(words: &[String]) -> String {
    words.split_first().map(|(first, rest)| first.clone() + &joined(rest, "", capital)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::CASES;

    #[test]
    fn cases() {
        let all: Vec<String> = CASES.iter().map(|case| case("BucketName")).collect();
        assert_eq!(all, ["bucketName", "BucketName", "bucket-name", "bucket_name", "Bucket Name", "Bucket-Name"]);
    }
}
