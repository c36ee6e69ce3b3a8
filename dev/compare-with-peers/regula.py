"""Regula. In: a checkout. Out: the inputs of its rule tests with the resources that are allowed and denied."""
import re

from case import Case, Expected

AREAS = ("cfn/cloudtrail", "cfn/kms", "cfn/iam", "tf/aws/cloudtrail", "tf/aws/kms", "tf/aws/iam")
ALLOW = re.compile(r"(not )?(allow|deny) with input as (?:resources|\w+\.mock_resources)\[\"([\w.-]+)\"\]")
VALID = re.compile(r"by_resource_id\[\"([\w.-]+)\"\] == (true|false)")


def cases(root):
    for area in AREAS:
        for test in sorted((root / "rego/tests/rules" / area).glob("*_test.rego")):
            rule = root / "rego/rules" / area / test.name.replace("_test", "")
            check = re.search(r"FG_R\d+", rule.read_text())
            if not check:
                continue
            for function in re.split(r"\ntest_", test.read_text())[1:]:
                yield from of_function(root, test, check.group(0), function)


def of_function(root, test, check, function):
    for stem, kind in set(re.findall(r"(\w+_infra)_(yaml|json|tf)\b", function)):
        verdicts = [Expected("fail" if (no == "not ") == (word == "allow") else "pass", name)
                    for no, word, name in ALLOW.findall(function)]
        verdicts += [Expected("pass" if valid == "true" else "fail", name) for name, valid in VALID.findall(function)]
        if kind == "yaml" and not verdicts:
            continue
        # The plan and the code that it was made from.
        for ending in {"yaml": ["yaml"], "json": ["json", "tf"], "tf": ["tf"]}[kind]:
            path = test.parent / "inputs" / f"{stem}.{ending}"
            if path.exists() and verdicts:
                yield Case("regula", check, str(path.relative_to(root)), tuple(verdicts), path=path)
