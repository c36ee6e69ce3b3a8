"""KICS. In: a checkout. Out: the positive files of the queries in scope, with the lines of `positive_expected_result.json`,
and the negative files."""
import json
import re

from case import Case, Expected, whole

QUERIES = re.compile(r"cloudtrail_|cmk_(is|rot)|config_config|dax_|dynamodb_|iam_(polic(y_grants_full|ies_with_)|role_(allows|with_full))"
                     r"|kms_(allows|enable|key)|cloudwatch_disabling")


def cases(root):
    for language in ("terraform", "cloudFormation"):
        for query in sorted((root / "assets/queries" / language / "aws").iterdir()):
            metadata = query / "metadata.json"
            if QUERIES.match(query.name) and metadata.exists():
                yield from of_query(root, query, json.loads(metadata.read_text())["id"][:8])


def of_query(root, query, check):
    results = query / "test/positive_expected_result.json"
    expected = json.loads(results.read_text()) if results.exists() else []
    for file in sorted((query / "test").iterdir()):
        if file.name.endswith("expected_result.json"):
            continue
        if file.name.startswith("negative"):
            verdicts = whole("pass")
        else:
            lines = {entry["line"] for entry in expected
                     if (entry.get("fileName") or entry.get("filename") or file.name) == file.name}
            verdicts = tuple(Expected("fail", line=line) for line in sorted(lines)) or whole("fail")
        yield Case("KICS", check, str(file.relative_to(root)), verdicts, path=file)
