"""Trivy and tfsec: examples of good and bad code. In: a checkout. Out: one case per example."""
import re

import yaml

from case import Case, whole

TRIVY_AREAS = ("dynamodb", "config", "kms", "cloudtrail", "iam/no_policy_wildcards", "sam/enable_table_encryption")
TFSEC = ("aws/dynamodb/*", "aws/kms/*", "aws/cloudtrail/*", "aws/config/*", "aws/iam/no-policy-wildcards")


def trivy(root):
    for area in TRIVY_AREAS:
        base = root / "checks/cloud/aws" / area
        for file in sorted(base.glob("*.yaml")) if base.is_dir() else [base.with_suffix(".yaml")]:
            rego = file.with_suffix(".rego").read_text()
            check = re.search(r"\bid: (?:AVD-)?(AWS-\d+)", rego).group(1)
            for language, snippets in yaml.safe_load(file.read_text()).items():
                name = {"terraform": "main.tf", "cloudformation": "template.yaml"}.get(language)
                for key, verdict in [("good", "pass"), ("bad", "fail")]:
                    for number, text in enumerate(snippets.get(key) or [] if name else []):
                        source = f"{file.relative_to(root)}:{language}.{key}[{number}]"
                        yield Case("trivy-checks", check, source, whole(verdict), name=name, text=text)


def tfsec(root):
    for pattern in TFSEC:
        for file in sorted((root / "docs/checks").glob(f"{pattern}/index.md")):
            check = "-".join(file.parent.relative_to(root / "docs/checks").parts)
            for title, verdict in [("Insecure", "fail"), ("Secure", "pass")]:
                for text in re.findall(rf"### {title} Example.*?```terraform\n(.*?)```", file.read_text(), re.S):
                    source = f"{file.relative_to(root)}:{title}"
                    yield Case("tfsec", check, source, whole(verdict), name="main.tf", text=text)
