"""What the real terraform plans. In: a root module. Out: the values of its resources, what is unknown of them, errors."""
import contextlib
import dataclasses
import decimal
import hashlib
import json
import os
import subprocess
import sys

QUIET = {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "NO_COLOR": "1"}
# What the stand-in answers where the configuration doesn't say.
ACCOUNT = "123456789012"
REGION = "us-east-1"


@dataclasses.dataclass
class Plan:
    resources: dict
    errors: list


class Planner(contextlib.AbstractContextManager):
    """Serves the stand-in for the AWS provider as long as it is open."""

    def __init__(self, oracle, python, cache):
        self.oracle, self.cache = oracle, cache
        if cache:
            cache.mkdir(parents=True, exist_ok=True)
        provider = oracle / "awsprov/fake_aws.py"
        environment = {**os.environ, "FAKE_AWS_ACCOUNT": ACCOUNT, "AWS_REGION": REGION}
        self.server = subprocess.Popen(
            [python, str(provider), str(provider.with_name("aws-schema-subset.json"))],
            stdout=subprocess.PIPE, text=True, env=environment)
        self.environment = {**environment, **QUIET, "TF_REATTACH_PROVIDERS": self.server.stdout.readline().strip()}

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    def plan(self, root):
        kept = self.cache / (hashlib.sha256(root.name.encode()).hexdigest()[:16] + ".json") if self.cache else None
        if kept and kept.exists():
            return read(kept.read_text())
        command = [sys.executable, str(self.oracle / "plan_dir.py"), str(root.path), "--repo", str(root.repository)]
        command += [f"--map={source}={folder}" for source, folder in root.maps.items()]
        command += [f"--var-file={file}" for file in root.var_files]
        run = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if run.returncode:
            return Plan({}, [run.stderr.strip()[-300:]])
        plan = read(run.stdout)
        if plan.errors:
            plan.errors = [line for line in run.stderr.splitlines() if line.startswith("no module for")][:1] + plan.errors
        if kept and not plan.errors:
            kept.write_text(run.stdout)
        return plan


def read(text):
    document = json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)
    errors = [f"{error['summary']}: {error.get('detail', '')}" for error in document["errors"]]
    return Plan(document["resources"], errors)
