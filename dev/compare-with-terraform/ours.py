"""What we resolve. In: a root module. Out: plain values of its resources, with `Unknown` where we do not know."""
import dataclasses
import decimal
import json
import subprocess

from planner import ACCOUNT, REGION

PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, "AWS::URLSuffix": "amazonaws.com"}
MAX_REFERENCES = 20


@dataclasses.dataclass(frozen=True)
class Unknown:
    """A value that we do not know, and why."""

    reason: str


@dataclasses.dataclass(frozen=True)
class More:
    """Further elements or entries may exist."""

    reason: str


ABSENT = None


@dataclasses.dataclass
class Resolved:
    resources: dict
    problems: list


def resolve(program, workspace, root):
    command = [str(program), "resolve", str(root.path), "--root", str(workspace), "--format", "json",
               "--workspace", "default", "--account", ACCOUNT, "--region", REGION]
    command += [f"--var-file={file}" for file in root.var_files]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        return Resolved({}, [f"exit code {run.returncode}: {run.stderr.strip()[-500:]}"])
    document = json.loads(run.stdout, parse_float=decimal.Decimal, parse_int=decimal.Decimal)
    name = str(root.path.relative_to(workspace))
    stacks = [stack for stack in document["stacks"] if stack["root"] == name]
    resources = {resource["address"]: resource for stack in stacks for resource in stack["resources"]}
    reader = Reader(resources)
    attributes = {address: (resource, reader.plain(resource["attributes"])) for address, resource in resources.items()}
    problems = [f"{problem['code']}: {problem['message']} ({problem.get('file')})" for problem in document["problems"]]
    return Resolved(attributes, problems)


class Reader:
    """Puts values in the place of symbols: of references to attributes that are written, of pseudo parameters."""

    def __init__(self, resources):
        self.resources = resources

    def plain(self, value, depth=0):
        if isinstance(value, list):
            return [self.plain(item, depth) for item in value]
        if not isinstance(value, dict):
            return value
        symbol = next(iter(value)) if len(value) == 1 else None
        match symbol:
            case "$unknown":
                return Unknown(value[symbol])
            case "$sensitive":
                return Unknown("sensitive")
            case "$absent":
                return ABSENT
            case "$if":
                return Unknown(f"if: {json.dumps(value[symbol], default=str)[:200]}")
            case "$pseudo":
                return PSEUDO.get(value[symbol]) or Unknown(value[symbol])
            case "$ref":
                return self.reference(value[symbol], depth)
            case "$pattern":
                return self.pattern(value[symbol], depth)
            case "$more":
                return More(value[symbol])
        return {key: More(item) if key == "$more" else self.plain(item, depth) for key, item in value.items()}

    def reference(self, reference, depth):
        target = self.resources.get(reference["address"], {"attributes": {}})
        written = target["attributes"].get(reference.get("attribute"))
        if written is None or depth > MAX_REFERENCES:
            return Unknown(f"{reference['address']}.{reference.get('attribute')}")
        return self.plain(written, depth + 1)

    def pattern(self, parts, depth):
        parts = [self.plain(part, depth) for part in parts]
        reasons = [part.reason for part in parts if isinstance(part, Unknown)]
        return Unknown(", ".join(reasons)) if reasons else "".join(str(part) for part in parts)
