"""Prints what a comparison found. In: findings. Out: text."""
import collections
import dataclasses
import json

from compare import CLOUD, DEFAULT, DIFFERENT, EQUAL, MORE_HERE, UNKNOWN
from ours import More, Unknown

WIDTH = 300


@dataclasses.dataclass
class Counts:
    roots: int = 0
    not_planned: int = 0
    resources: int = 0
    missing: int = 0
    extra: int = 0
    problems: int = 0
    kinds: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def add(self, found, resolved):
        self.roots += 1
        self.resources += found.resources
        self.missing += len(found.missing)
        self.extra += len(found.extra)
        self.problems += len(resolved.problems)
        self.kinds.update(finding.kind for finding in found.findings)

    def join(self, other):
        for field in ("roots", "not_planned", "resources", "missing", "extra", "problems"):
            setattr(self, field, getattr(self, field) + getattr(other, field))
        self.kinds.update(other.kinds)

    def failed(self):
        return self.kinds[DIFFERENT] or self.missing or self.extra


def not_planned(root, errors):
    print(f"{root.name}: not planned: {shown(errors[0])}")


def root(root, found, resolved, options):
    kinds = [DIFFERENT, UNKNOWN] + ([CLOUD, MORE_HERE] if options.all else [])
    for kind in kinds:
        chosen = [finding for finding in found.findings if finding.kind == kind]
        for finding in chosen[: options.list]:
            print(f"{root.name}: {kind}: {finding.address} {finding.path}\n    ours:      {shown(finding.ours)}\n    terraform: {shown(finding.theirs)}")
        if len(chosen) > options.list:
            print(f"{root.name}: {kind}: and {len(chosen) - options.list} more")
    for name, addresses in (("missing", found.missing), ("extra", found.extra), ("problem", resolved.problems)):
        for address in addresses[: options.list]:
            print(f"{root.name}: {name}: {address}")


def counts(name, counts):
    kinds = counts.kinds
    print(
        f"{name}: {counts.roots} roots ({counts.not_planned} not planned), {counts.resources} resources, "
        f"{kinds[EQUAL]} attributes equal, {kinds[DIFFERENT]} different, {kinds[UNKNOWN]} unknown here only, "
        f"{kinds[CLOUD]} need the cloud, {kinds[MORE_HERE]} known only here, {kinds[DEFAULT]} defaults, "
        f"{counts.missing} missing, {counts.extra} extra, {counts.problems} problems", flush=True)


def shown(value):
    if isinstance(value, (Unknown, More)):
        text = f"unknown ({value.reason})"
    else:
        text = json.dumps(value, default=lambda item: f"unknown ({item.reason})" if isinstance(item, (Unknown, More)) else str(item))
    return text if len(text) <= WIDTH else text[:WIDTH] + "…"
