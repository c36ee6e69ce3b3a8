"""Checks every report format as its readers would: schemas, validators of vendors, what consumers demand beyond them,
equal counts, stable identities, and that nothing a user wrote is acted upon.

usage: python3 dev/check-reports [PROGRAM]      (default: target/debug/iac-check; needs npm)
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import tools

tools.install()

import jsonschema  # noqa: E402  only the Python of `tools` has it
from lxml import etree  # noqa: E402

import consumers  # noqa: E402
import inert  # noqa: E402
from projects import RULE, VARIABLE, Project, off, projects, protected, write  # noqa: E402

SCHEMAS = tools.ROOT / "testdata/schemas"
FORMATS = "human json ndjson sarif gitlab-sast gitlab-codequality github markdown junit rdjson sonar csv html".split()
BROKEN = 2


def main() -> int:
    program = Path(sys.argv[1] if len(sys.argv) > 1 else tools.ROOT / "target/debug/iac-check").resolve()
    complaints: list[str] = []
    checks = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder).resolve()
        for project in projects(folder):
            out = folder / "reports" / project.root.name
            for name, found in check(program, project, out):
                checks += 1
                complaints += [f"{project.name}: {name}: {text}" for text in found[:5]]
        checks += 1
        complaints += [f"identity: {text}" for text in identity(program, folder)]
    print("\n".join(complaint[:600] for complaint in complaints))
    print(f"{checks} checks, {len(complaints)} complaints")
    return 1 if complaints or not checks else 0


def run(program: Path, project: Project, out: Path, *more: str) -> int:
    out.mkdir(parents=True, exist_ok=True)
    formats = [option for name in FORMATS for option in ("--format", f"{name}={file(out, name)}")]
    environment = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1700000000"}
    if project.name == "hostile":
        server = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "example/infra", "GITHUB_SHA": "0" * 40}
        environment |= server
    command = [program, "check", *project.arguments, *RULE, *formats, *more]
    return subprocess.run(command, cwd=project.root / project.cwd, env=environment).returncode


def file(out: Path, name: str) -> Path:
    endings = {"html": "html", "junit": "xml", "csv": "csv", "markdown": "md", "sarif": "sarif"}
    return out / f"{name}.{endings.get(name, 'json')}"


def check(program: Path, project: Project, out: Path) -> Iterator[tuple[str, list[str]]]:
    code = run(program, project, out)
    yield "exit code", [] if code == (1 if project.failures != 0 else 0) else [str(code)]
    content = {name: file(out, name).read_bytes().decode() for name in FORMATS}
    parsed = {name: json.loads(content[name]) for name in ("json", "sarif", "gitlab-sast", "gitlab-codequality", "rdjson", "sonar")}
    repository = consumers.Repository(project.root)
    for name, of in [
        ("sarif", consumers.github),
        ("gitlab-sast", consumers.gitlab_sast),
        ("gitlab-codequality", consumers.gitlab_quality),
        ("sonar", consumers.sonar),
        ("rdjson", consumers.rdjson),
    ]:
        yield name, list(of(parsed[name], repository))
    yield "schema of sarif", list(violations(SCHEMAS / "sarif-schema-2.1.0.json", [parsed["sarif"]]))
    yield "schema of junit", junit(file(out, "junit"))
    yield "csv", list(consumers.table(content["csv"]))
    yield "Microsoft's validator", tools.sarif(file(out, "sarif"))
    yield "reviewdog's validator", tools.rdjson(file(out, "rdjson"))
    yield "counts", list(counts(project, content, parsed))
    for name in FORMATS:
        yield f"{name} is inert", list(inert.text(name, content[name]))
    if project.large:
        return
    yield "schema of gitlab-sast", list(violations(SCHEMAS / "gitlab-sast-15.2.1.json", [parsed["gitlab-sast"]]))
    yield "schema of gitlab-codequality", list(violations(SCHEMAS / "gitlab-codeclimate.json", parsed["gitlab-codequality"]))
    yield "schema of rdjson", list(violations(SCHEMAS / "rdf/DiagnosticResult.json", [parsed["rdjson"]]))
    yield "schema of json", list(violations(tools.ROOT / "docs/json-schema.json", [parsed["json"]]))
    yield "html-validate", tools.html(file(out, "html"))
    yield "markdown renders nothing", list(inert.markdown(content["markdown"]))
    yield "html renders nothing", list(inert.html(content["html"]))
    yield "the log runs nothing", list(log(program, project))
    again = out.with_name(out.name + " again")
    run(program, project, again, "--jobs", "1")
    timeless = {name: re.sub(r" in \d+\.\d\d s", "", file(again, name).read_bytes().decode()) for name in FORMATS}
    yield "same bytes", [name for name in FORMATS if timeless[name] != re.sub(r" in \d+\.\d\d s", "", content[name])]


def violations(path: Path, documents: list) -> Iterator[str]:
    schema = json.loads(path.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    for document in documents:
        yield from (f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document))


def junit(report: Path) -> list[str]:
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10-jenkins.xsd"))
    return [] if schema.validate(etree.parse(report)) else [str(schema.error_log)]


def counts(project: Project, content: dict[str, str], parsed: dict) -> Iterator[str]:
    failures = parsed["json"]["summary"]["failures"]
    if project.failures is not None and failures != project.failures:
        yield f"{failures} failures, not {project.failures}"
    numbers = {
        "json": sum(result["verdict"] == "fail" for result in parsed["json"]["results"]),
        "ndjson": sum(json.loads(line)["verdict"] == "fail" for line in content["ndjson"].splitlines()),
        "gitlab-sast": len(parsed["gitlab-sast"]["vulnerabilities"]),
        "gitlab-codequality": len(parsed["gitlab-codequality"]),
        "rdjson": sum(diagnostic["severity"] != "INFO" for diagnostic in parsed["rdjson"]["diagnostics"]),
        "sonar": len(parsed["sonar"]["issues"]),
        "csv": sum(row[0] == "fail" for row in csv.reader(content["csv"].splitlines())),
        "junit": len(etree.fromstring(content["junit"].encode()).findall(".//failure")),
        "html": content["html"].count('<article class="finding high'),
        "human": len(re.findall(r"(?m)^high\[", content["human"])),
    }
    yield from (f"{name} has {number}, not {failures}" for name, number in numbers.items() if number != failures)
    if len(parsed["sarif"]["runs"][0]["results"]) != min(failures, 5000):
        yield "sarif has another number"
    if (shown := len(content["github"].splitlines())) > 30:
        yield f"{shown} annotations, of which GitHub shows ten of a level"
    if len(content["markdown"].encode()) >= 1024 * 1024:
        yield "GitHub drops a summary of 1 MiB"


def log(program: Path, project: Project) -> Iterator[str]:
    """What stands in the log of GitHub Actions when no format is given."""
    environment = {"PATH": os.environ["PATH"], "GITHUB_ACTIONS": "true"}
    command = [program, "check", *project.arguments, *RULE]
    ran = subprocess.run(command, cwd=project.root / project.cwd, env=environment, capture_output=True)
    for text in (ran.stdout, ran.stderr):
        yield from inert.text("human", text.decode())
        yield from inert.human(text.decode())


def identity(program: Path, folder: Path) -> Iterator[str]:
    """Lines above a finding and changes elsewhere leave what alerts are recognised by."""

    def identities(name: str, code: str, of: Callable[[Path], set]) -> set:
        root = write(folder / name, {"main.tf": code})
        out = folder / "reports" / name
        run(program, Project(name, root, 1), out)
        return of(out)

    def of(out: Path) -> set:
        results = json.loads(file(out, "sarif").read_text())["runs"][0]["results"]
        entries = json.loads(file(out, "gitlab-sast").read_text())["vulnerabilities"]
        issues = json.loads(file(out, "gitlab-codequality").read_text())
        return {
            *(json.dumps(result["partialFingerprints"]) for result in results),
            *(entry["id"] + json.dumps(entry["tracking"]["items"][0]["signatures"]) for entry in entries),
            *(issue["fingerprint"] for issue in issues),
        }

    before = identities("before", off("a") + VARIABLE, of)
    # The hash of a line covers what follows it, too.
    after = identities("after", "# new\n\n" + protected("b", "b") + "\n" + off("a") + VARIABLE, of)
    if len(before) != 3 or before != after:
        yield f"{before} became {after}"


if __name__ == "__main__":
    sys.exit(main())
