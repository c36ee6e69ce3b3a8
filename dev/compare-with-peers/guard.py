"""AWS Guard Rules Registry. In: a checkout. Out: its unit tests, one template each; SKIP means that nothing is judged."""
import json
import re

import yaml

from case import Case, whole

AREAS = ("dynamodb", "dax", "aws_kms", "kms", "cloudtrail", "iam")
# What speaks of passwords, groups and PassRole.
OUT_OF_SCOPE = re.compile(r"IAM_USER_|IAM_NO_|PASSROLE|TRUST_POLICY|NOT_PRINCIPAL")
VERDICTS = {"PASS": "pass", "FAIL": "fail", "SKIP": "skip"}


class Loader(yaml.SafeLoader):
    """Short forms of intrinsic functions, as in templates."""


def intrinsic(loader, suffix, node):
    value = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence,
             yaml.MappingNode: loader.construct_mapping}[type(node)]
    content = value(node) if isinstance(node, yaml.ScalarNode) else value(node, deep=True)
    if suffix == "GetAtt" and isinstance(content, str):
        content = content.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": content}


Loader.add_multi_constructor("!", intrinsic)


def cases(root):
    for area in AREAS:
        for file in sorted((root / "rules/aws" / area / "tests").glob("*_tests.yml")):
            for example in yaml.load(file.read_text(), Loader):
                for check, verdict in example["expectations"]["rules"].items():
                    if OUT_OF_SCOPE.search(check) or not (example.get("input") or {}).get("Resources"):
                        continue
                    source = f"{file.relative_to(root)}: {example['name']}"
                    text = json.dumps(example["input"], indent=1, default=str)
                    yield Case("guard registry", check, source, whole(VERDICTS[verdict]), name="template.json", text=text)
