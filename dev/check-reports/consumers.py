"""What the readers of reports demand beyond their schemas. In: a parsed report and the repository it is about. Out: a
list of complaints. Sources: docs.github.com "SARIF support for code scanning" and github/codeql-action (upload-lib.ts,
fingerprints.ts); gitlab-org/gitlab lib/gitlab/ci/parsers/security and /codequality; SonarSource/sonarqube
ExternalIssueReportValidator.java; reviewdog proto/rdf."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

Report = dict | list
PRECISIONS = {"very-high", "high", "medium", "low"}
SIGNATURES = {"hash", "location", "scope_offset", "scope_offset_compressed"}


class Repository:
    """Files of a repository as consumers read them."""

    def __init__(self, root: Path):
        self.root = root
        self.cache: dict[str, list[str]] = {}

    def lines(self, path: str) -> list[str] | None:
        if path not in self.cache:
            file = self.root / path
            if not file.is_file() or file.is_symlink():
                return None
            text = file.read_bytes().decode("utf-8", errors="replace").removeprefix("\ufeff")
            self.cache[path] = re.split(r"\r\n|\n|\r", text)
        return self.cache[path]

    def check(self, path: str, first: int, last: int, columns: tuple[int, int] | None, encoding: str) -> Iterator[str]:
        """A place: columns from 0 in units of an encoding, the end exclusive."""
        if path.startswith(("/", "./")) or ".." in path.split("/") or "\\" in path:
            yield f"{path}: is not relative to the root of the repository"
        elif (lines := self.lines(path)) is None:
            yield f"{path}: is no file of the repository"
        elif not 1 <= first <= last <= len(lines):
            yield f"{path}: lines {first} to {last} of {len(lines)}"
        elif columns:
            unit = 2 if encoding == "utf-16-le" else 1
            for line, column in zip((first, last), columns):
                if not 0 <= column <= len(lines[line - 1].encode(encoding)) // unit:
                    yield f"{path}:{line}: column {column} is outside the line"
            if first == last and columns[0] > columns[1]:
                yield f"{path}:{first}: the range ends before it starts"


def line_hashes(text: str) -> dict[int, str]:
    """`primaryLocationLineHash` of each line, as codeql-action computes it."""
    window, mask, out, seen = 100, 2**64 - 1, {}, Counter()
    ring, starts, hash_, at, line = [0] * window, [0] * window, 0, 0, 0
    oldest, after_return, at_start = pow(37, window, 2**64), False, True
    units = [int.from_bytes(text.encode("utf-16-le")[i : i + 2], "little") for i in range(0, len(text.encode("utf-16-le")), 2)]
    for unit in [*units, 65535, *[-1] * window]:
        if unit in (32, 9) or (after_return and unit == 10):
            after_return = False
            continue
        after_return = unit == 13
        unit = 10 if unit == 13 else unit
        if starts[at]:
            seen[hash_] += 1
            out[starts[at]] = f"{hash_:x}:{seen[hash_]}"
        starts[at] = 0
        if at_start and unit >= 0:
            line += 1
            starts[at] = line
        at_start = unit == 10
        hash_ = (hash_ * 37 + max(unit, 0) - oldest * ring[at]) & mask
        ring[at] = max(unit, 0)
        at = (at + 1) % window
    return out


def github(log: Report, repository: Repository) -> Iterator[str]:
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in rules]
    if len(set(ids)) != len(ids):
        yield "rule ids repeat"
    for rule in rules:
        yield from (f"{rule['id']}: {text}" for text in github_rule(rule))
    if "automationDetails" in run:
        yield "automationDetails beats the category that upload-sarif is given"
    if any(not invocation["executionSuccessful"] for invocation in run["invocations"]):
        yield "an unsuccessful execution is refused whole"
    if len(run["results"]) > 5000:
        yield "more than 5,000 results are cut"
    hashes: dict[str, dict[int, str]] = {}
    for result in run["results"]:
        if result.get("suppressions") or result.get("kind", "fail") != "fail":
            yield "a result that is no failure becomes an alert"
        if ids[result["ruleIndex"]] != result["ruleId"]:
            yield "ruleIndex and ruleId disagree"
        if not result["message"]["text"]:
            yield "a message is empty"
        flows = [location["location"] for flow in result.get("codeFlows", []) for thread in flow["threadFlows"] for location in thread["locations"]]
        for place in [*result["locations"], *result.get("relatedLocations", []), *flows]:
            yield from github_place(place["physicalLocation"], repository)
        place = result["locations"][0]["physicalLocation"]
        path = unquote(place["artifactLocation"]["uri"])
        if path not in hashes:
            hashes[path] = line_hashes((repository.root / path).read_bytes().decode("utf-8"))
        if result["partialFingerprints"]["primaryLocationLineHash"] != hashes[path][place["region"]["startLine"]]:
            yield f"{path}: the line hash is not the one that upload-sarif computes"


def github_rule(rule: dict) -> Iterator[str]:
    properties = rule["properties"]
    for name in ("shortDescription", "fullDescription"):
        if not 0 < len(rule[name]["text"]) <= 1024:
            yield f"{name} is empty or too long"
    if not rule["help"]["text"] or not rule["help"]["markdown"] or not rule["helpUri"].startswith("https://"):
        yield "help is missing"
    severity = properties["security-severity"]
    if not isinstance(severity, str) or not 0 < float(severity) <= 10:
        yield "security-severity is no string in (0, 10]"
    if "security" not in properties["tags"] or len(properties["tags"]) > 10 or properties["precision"] not in PRECISIONS:
        yield "tags or precision are wrong"


def github_place(place: dict, repository: Repository) -> Iterator[str]:
    uri, region = place["artifactLocation"]["uri"], place["region"]
    if not re.fullmatch(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-F]{2})+", uri) or "//" in uri:
        yield f"{uri}: is no relative URI reference"
    if region["startLine"] != region["endLine"]:
        yield f"{uri}: alerts are shown when all of their lines changed, so a place is one line"
    columns = (region["startColumn"] - 1, region["endColumn"] - 1)
    yield from repository.check(unquote(uri), region["startLine"], region["endLine"], columns, "utf-16-le")


def gitlab_sast(report: Report, repository: Repository) -> Iterator[str]:
    if not re.fullmatch(r"15\.[0-2]\.\d+", report["version"]):
        yield "the version is not supported"
    ids, merged = Counter(), Counter()
    for entry in report["vulnerabilities"]:
        ids[entry["id"]] += 1
        location, identifiers = entry["location"], entry["identifiers"]
        yield from repository.check(location["file"], location["start_line"], location["end_line"], None, "utf-8")
        if identifiers[0]["type"] != "iac_check_rule" or len(identifiers) > 20:
            yield "the first identifier must be the rule, and twenty are kept"
        signature = entry["tracking"]["items"][0]["signatures"][0]
        if signature["algorithm"] not in SIGNATURES:
            yield "the tracking algorithm is unknown to GitLab"
        merged[identifiers[0]["value"], signature["value"]] += 1
    for key, number in (ids | merged).items():
        if number > 1:
            yield f"{key}: {number} entries become one"


def gitlab_quality(report: Report, repository: Repository) -> Iterator[str]:
    fingerprints = Counter(entry["fingerprint"] for entry in report)
    yield from (f"{key}: {number} entries become one" for key, number in fingerprints.items() if number > 1)
    for entry in report:
        lines = entry["location"]["lines"]
        yield from repository.check(entry["location"]["path"], lines["begin"], lines["end"], None, "utf-8")
        if "\n" in entry["description"]:
            yield "a description has several lines"


def sonar(report: Report, repository: Repository) -> Iterator[str]:
    ids = Counter(rule["id"] for rule in report["rules"])
    yield from (f"rule {key} is there twice" for key, number in ids.items() if number > 1)
    for issue in report["issues"]:
        if issue["ruleId"] not in ids or {"severity", "type"} & issue.keys():
            yield "an issue is of the old form or of no rule"
        place = issue["primaryLocation"]
        range_ = place["textRange"]
        columns = (range_["startColumn"], range_["endColumn"]) if "startColumn" in range_ else None
        if columns and columns[0] >= columns[1]:
            yield "an empty range aborts the import"
        first, last = range_["startLine"], range_.get("endLine", range_["startLine"])
        yield from repository.check(place["filePath"], first, last, columns, "utf-16-le")


def rdjson(report: Report, repository: Repository) -> Iterator[str]:
    for diagnostic in report["diagnostics"]:
        range_ = diagnostic["location"]["range"]
        columns = (range_["start"]["column"] - 1, range_["end"]["column"] - 1)
        lines = (range_["start"]["line"], range_["end"]["line"])
        yield from repository.check(diagnostic["location"]["path"], *lines, columns, "utf-8")


def table(text: str) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    for row in rows:
        if len(row) != len(rows[0]):
            yield "a row has another number of cells"
        if any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row):
            yield "a spreadsheet would take a cell for a formula"
