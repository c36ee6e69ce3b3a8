"""What we say. In: a fixture and the rules that mean what a peer's check means. Out: verdicts by resource."""
import json
import pathlib
import shutil
import subprocess
import tempfile

ORDER = ["none", "not-deployed", "not-applicable", "pass", "unknown", "fail"]


class Ours:
    def __init__(self, program):
        self.program = str(program)
        self.aliases = {}
        for rule in json.loads(self.run("rules", "--format", "json")):
            for alias in rule["aliases"]:
                self.aliases.setdefault(alias, []).append(rule["id"])

    def run(self, *arguments):
        run = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        if run.returncode > 1:
            raise SystemExit(run.stderr)
        return run.stdout

    def judge(self, case):
        """One verdict of ours for each of the peer's, or None when no rule of ours means the check."""
        rules = self.aliases.get(case.check)
        if not rules:
            return None
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            if case.path is None:
                (folder / case.name).write_text(case.text)
            elif case.path.is_dir():
                shutil.copytree(case.path, folder, dirs_exist_ok=True)
            else:
                shutil.copy(case.path, folder)
            flags = [flag for rule in rules for flag in ("--rule", rule)]
            found = json.loads(self.run("check", str(folder), "--root", str(folder), "--format", "json", "--verdicts", "all",
                                        "--profile", "strict", *flags))
            resolved = json.loads(self.run("resolve", str(folder), "--root", str(folder)))
        headers = [(resource["location"], resource["address"]) for stack in resolved["stacks"]
                   for resource in stack["resources"] if resource.get("location")]
        return [of_expected(expected, found["results"], headers) for expected in case.expected]


def of_expected(expected, results, headers):
    """(verdict, messages): the worst that is said of the resource, or of anything that is written inside it."""
    name = expected.resource
    if expected.line is not None:
        name = owner(headers, None, expected.line)
    about = [result for result in results if name is None or is_named(result["resource"]["address"], name)
             or any(is_named(owner(headers, place["file"], place["start"]["line"]) or "", name) for place in places(result))]
    worst = max((result["verdict"] for result in about), key=ORDER.index, default="none")
    return worst, sorted({f"{result['resource']['address']}: {result['message']}" for result in about
                          if result["verdict"] == worst and result["message"]})


def places(result):
    """Where a finding points, and where else something as bad is."""
    return [result["location"]] + [related["location"] for related in result["related"] if related.get("location")]


def is_named(address, name):
    return address == name or address.endswith(f".{name}") or address.split("[")[0] == name or address.split("/")[-1] == name


def owner(headers, file, line):
    """The resource whose text holds a line: the last that starts at or above it."""
    before = [(location["start"]["line"], address) for location, address in headers
              if location["start"]["line"] <= line and file in (None, location["file"])]
    return max(before, default=(0, None))[1]
