//! Which files of a folder are configuration (Terraform language, "Files and Configuration Structure", "Override
//! Files"; OpenTofu, "OpenTofu-Specific Files").

/// The configuration files among a folder's names: primary ones first, then overrides, each in byte order.
pub(super) fn configuration(names: &[String]) -> (Vec<&str>, Vec<&str>) {
    let hidden = |name: &str| {
        // OpenTofu's x.tofu stands in for x.tf.
        let instead = [(".tf", ".tofu"), (".tf.json", ".tofu.json")];
        instead.iter().any(|(plain, tofu)| {
            name.strip_suffix(plain).is_some_and(|stem| names.binary_search(&format!("{stem}{tofu}")).is_ok())
        })
    };
    let files =
        names.iter().map(String::as_str).filter(|name| stem(name).is_some() && !is_ignored(name) && !hidden(name));
    files.partition(|name| !stem(name).is_some_and(|stem| stem == "override" || stem.ends_with("_override")))
}

/// Whether a folder with these names holds a module.
pub(super) fn has_configuration(names: &[String]) -> bool {
    names.iter().any(|name| stem(name).is_some() && !is_ignored(name))
}

fn stem(name: &str) -> Option<&str> {
    let stem = [".tf.json", ".tofu.json", ".tf", ".tofu"].iter().find_map(|suffix| name.strip_suffix(suffix))?;
    // Tests and mocks are no configuration.
    let other = [".tftest", ".tofutest", ".tfmock", ".tfquery"].iter().any(|kind| stem.ends_with(kind));
    (!other).then_some(stem)
}

/// Backups of editors, and hidden files.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_exclusions() {
        let mut names = [
            "b.tf",
            "a_override.tf",
            "override.tf.json",
            "a.tf.json",
            ".x.tf",
            "c.tf~",
            "d.tf",
            "d.tofu",
            "e.tftest.hcl",
            "f.tf.txt",
        ]
        .map(str::to_owned);
        names.sort();
        assert_eq!(
            configuration(&names),
            (vec!["a.tf.json", "b.tf", "d.tofu"], vec!["a_override.tf", "override.tf.json"])
        );
    }
}
