"""checkov. In: a checkout. Out: its tests of the checks in scope: folders with sets of resource names, `expected.yaml`
of graph checks, templates named PASSED and FAILED, HCL strings and dictionaries inside of unit tests."""
import ast
import json
import re

import yaml

from case import Case, Expected, of_resources, whole

SCOPE = set("""
CKV_AWS_1 CKV_AWS_7 CKV_AWS_28 CKV_AWS_33 CKV_AWS_35 CKV_AWS_36 CKV_AWS_47 CKV_AWS_49 CKV_AWS_62 CKV_AWS_63 CKV_AWS_67
CKV_AWS_107 CKV_AWS_108 CKV_AWS_109 CKV_AWS_110 CKV_AWS_111 CKV_AWS_119 CKV_AWS_121 CKV_AWS_165 CKV_AWS_166 CKV_AWS_227
CKV_AWS_239 CKV_AWS_251 CKV_AWS_252 CKV_AWS_271 CKV_AWS_274 CKV_AWS_275 CKV_AWS_283 CKV_AWS_286 CKV_AWS_287 CKV_AWS_288
CKV_AWS_289 CKV_AWS_290 CKV_AWS_294 CKV_AWS_355 CKV_AWS_356 CKV2_AWS_10 CKV2_AWS_16 CKV2_AWS_40 CKV2_AWS_45 CKV2_AWS_48
CKV2_AWS_64
""".split())


def cases(root):
    for language, folder in [("terraform", "resource"), ("terraform", "data"), ("cloudformation", "resource")]:
        for test in sorted((root / "tests" / language / "checks" / folder / "aws").glob("test_*.py")):
            yield from of_test(root, test)
    for rule in sorted((root / "checkov/terraform/checks/graph_checks/aws").glob("*.yaml")):
        check = yaml.safe_load(rule.read_text())["metadata"]["id"]
        folder = root / "tests/terraform/graph/checks/resources" / rule.stem
        if check in SCOPE and (folder / "expected.yaml").exists():
            expected = yaml.safe_load((folder / "expected.yaml").read_text())
            verdicts = of_resources(expected.get("pass") or [], expected.get("fail") or [])
            yield Case("checkov", check, str(folder.relative_to(root)), verdicts, path=folder)


def of_test(root, test):
    text = test.read_text()
    module = re.search(r"from (checkov\.\w+\.checks\.[\w.]+) import check\b", text)
    implementation = root / (module.group(1).replace(".", "/") + ".py") if module else None
    if implementation is None or not implementation.exists():
        return
    check = re.search(r"\bid\s*=\s*[\"'](CKV_AWS_\d+)[\"']", implementation.read_text())
    if not check or check.group(1) not in SCOPE:
        return
    check, tree, source = check.group(1), ast.parse(text), str(test.relative_to(root))
    for folder in re.findall(r"(?:current_dir \+|__file__\)\.parent /) [\"']/?([\w.-]+)[\"']", text):
        yield from of_folder(root, check, test.parent / folder, tree)
    types = re.search(r"supported_resources?\s*(?::[^=]*)?=\s*[\[(]([^\])]*)", implementation.read_text())
    types = re.findall(r"aws_\w+", types.group(1)) if types else []
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        yield from of_function(check, function, source, types)


def of_folder(root, check, folder, tree):
    sets = named_sets(tree)
    source = str(folder.relative_to(root))
    if "terraform" in source:
        yield Case("checkov", check, source, of_resources(*sets), path=folder)
        return
    names = {name.split(".", 1)[1]: verdict for verdict, group in zip(("pass", "fail"), sets)
             for name in (item.replace("AWS::", "").replace("::", "_") for item in group) if "." in name}
    for file in sorted(folder.iterdir()):
        written = file.read_text()
        own = tuple(Expected(verdict, name) for name, verdict in sorted(names.items())
                    if re.search(rf"^\s*[\"']?{re.escape(name)}[\"']?\s*:", written, re.M))
        told = re.search(r"pass|fail", file.stem.lower())
        if own or told:
            verdicts = own or whole(told.group(0))
            yield Case("checkov", check, f"{source}/{file.name}", verdicts, path=file)


def named_sets(tree):
    found = {"passing_resources": set(), "failing_resources": set()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in found:
            try:
                found[node.targets[0].id] |= set(ast.literal_eval(node.value))
            except ValueError:
                continue
    return found["passing_resources"], found["failing_resources"]


def of_function(check, function, source, types):
    verdict = re.search(r"CheckResult\.(FAILED|PASSED)", ast.unparse(function))
    if not verdict:
        return
    verdict = {"FAILED": "fail", "PASSED": "pass"}[verdict.group(1)]
    where = f"{source}::{function.name}"
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hcl2.loads":
            yield Case("checkov", check, where, whole(verdict), name="main.tf", text=ast.literal_eval(node.args[0]))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and types:
            kind = re.search(r"entity_type=[\"'](\w+)", ast.unparse(function))
            conf = plain(ast.literal_eval(node.value))
            document = {"resource": {kind.group(1) if kind else types[0]: {"tested": conf}}}
            yield Case("checkov", check, where, whole(verdict), name="main.tf.json", text=json.dumps(document))


def plain(value, key=None):
    """The parser of checkov wraps every value in a list."""
    if isinstance(value, dict):
        return {key: plain(item, key) for key, item in value.items()}
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (dict, list)):
        return value[0]
    if isinstance(value, list) and len(value) == 1 and (key or "").endswith("policy"):
        return json.dumps(value[0]) if isinstance(value[0], dict) else value[0]
    return [plain(item) for item in value] if isinstance(value, list) else value
