"""Compares resources attribute by attribute, as the provider's schema has them. In: a plan and our values. Out: findings."""
import dataclasses
import decimal
import json
import re

from ours import More, Unknown

EQUAL, DIFFERENT, UNKNOWN, CLOUD, DEFAULT, MORE_HERE = "equal", "different", "unknown", "cloud", "default", "known only here"
# Reasons that only the cloud can answer; the stand-in invents something.
NEEDS_CLOUD = re.compile(r"\b(data-source|impure|after-apply|external)\b|^data\.|\bdata\.\w+\.")
# The answers of the stand-in for data sources.
INVENTED = re.compile(r"\bfake-\w+")
# A data source computed without the cloud; all others are the stand-in's inventions.
COMPUTED = {"aws_iam_policy_document": {"json", "minified_json"}}


class Schema:
    def __init__(self, resources, data):
        self.types = {"managed": resources, "data": data}

    @classmethod
    def read(cls, path):
        document = json.loads(path.read_text())
        return cls(document["resources"], document["data"])

    def of(self, address):
        """The schema of the type of an instance, none for types that are not in scope."""
        parts = re.sub(r'\[("(\\.|[^"\\])*"|\d+)\]', "", re.sub(r"^(module\.[^.\[]+(\[(\"(\\.|[^\"\\])*\"|\d+)\])?\.)+", "", address)).split(".")
        mode = "data" if parts[0] == "data" else "managed"
        name = parts[1] if mode == "data" else parts[0]
        if mode == "data" and name not in COMPUTED:
            return None
        return self.types[mode].get(name)


@dataclasses.dataclass
class Finding:
    kind: str
    address: str
    path: str = ""
    ours: object = None
    theirs: object = None


@dataclasses.dataclass
class Found:
    resources: int = 0
    findings: list = dataclasses.field(default_factory=list)
    missing: list = dataclasses.field(default_factory=list)
    extra: list = dataclasses.field(default_factory=list)


def root(schema, planned, resolved):
    """Compares all resources of a root module."""
    found = Found()
    theirs = {address for address in planned.resources if schema.of(address)}
    ours = {address for address in resolved.resources if schema.of(address)}
    found.missing = sorted(theirs - ours)
    found.extra = sorted(ours - theirs)
    for address in sorted(theirs & ours):
        plan = planned.resources[address]
        resource, attributes = resolved.resources[address]
        only = COMPUTED.get(resource["source_type"]) if resource["mode"] == "data" else None
        found.resources += 1
        walk = Walk(address, only)
        walk.block(schema.of(address), attributes, plan["values"], plan.get("unknown") or {}, "")
        found.findings += walk.findings
        if "when" in resource:
            found.findings.append(Finding(UNKNOWN, address, "(exists)", Unknown(str(resource["when"])), True))
    return found


class Walk:
    """The attributes of one instance; `only` names those to compare, none stands for all."""

    def __init__(self, address, only):
        self.address, self.only, self.findings = address, only, []

    def add(self, kind, path, ours=None, theirs=None):
        self.findings.append(Finding(kind, self.address, path, ours, theirs))

    def block(self, schema, ours, theirs, unknown, path):
        for name, (kind, flags, *default) in schema.get("attributes", {}).items():
            if path or self.only is None or name in self.only:
                self.attribute(kind, default, "c" in flags, ours.get(name), theirs.get(name), part(unknown, name), path + name)
        for name, nested in schema.get("blocks", {}).items():
            if self.only is None:
                self.blocks(nested, ours.get(name), theirs.get(name), part(unknown, name), path + name)

    def attribute(self, kind, default, computed, ours, theirs, unknown, path):
        if ours is None and (unknown is True or nothing(theirs)):
            return
        if unknown is True:
            return self.add(EQUAL if any_unknown(ours) else MORE_HERE, path, ours)
        if ours is None and (default and default[0] == theirs or computed and path in ("region", "tags_all")):
            return self.add(DEFAULT, path)
        result = verdict(kind, ours, theirs, unknown)
        if result == DIFFERENT:
            path, ours, theirs = narrowed(path, ours, theirs)
        self.add(result, path, ours, theirs)

    def blocks(self, schema, ours, theirs, unknown, path):
        if unknown is True or (nothing(ours) and nothing(theirs)):
            return
        if isinstance(ours, (Unknown, More)):
            return self.add(unknown_kind(ours, theirs), path, ours, theirs)
        ours, theirs = as_list(ours), as_list(theirs)
        open_end = [item for item in ours if isinstance(item, (More, Unknown))]
        ours = [item for item in ours if isinstance(item, dict)]
        if open_end:
            return self.add(unknown_kind(open_end[0], theirs), path, open_end[0], theirs)
        if len(ours) != len(theirs):
            return self.add(DIFFERENT, path, ours, theirs)
        for index, item in enumerate(theirs):
            best = None
            inner = unknown[index] if isinstance(unknown, list) and index < len(unknown) else unknown if isinstance(unknown, dict) else {}
            for candidate in ours if schema["nesting"] == "set" else ours[:1]:
                walk = Walk(self.address, None)
                walk.block(schema["block"], candidate, item, inner, f"{path}[{index}].")
                score = sum(finding.kind != EQUAL for finding in walk.findings), sum(finding.kind == DIFFERENT for finding in walk.findings)
                if best is None or score[::-1] < best[0]:
                    best = score[::-1], candidate, walk.findings
            ours = [candidate for candidate in ours if candidate is not best[1]]
            self.findings += best[2]


def verdict(kind, ours, theirs, unknown):
    """How two values of an attribute relate, of which terraform knows at least a part."""
    if isinstance(ours, Unknown):
        return unknown_kind(ours, theirs)
    if same(kind, ours, theirs, unknown):
        return EQUAL
    reasons = [value for value in leaves(ours) if isinstance(value, (Unknown, More))]
    if reasons and same(kind, ours, theirs, unknown, lenient=True):
        kinds = {unknown_kind(reason, theirs) for reason in reasons}
        return UNKNOWN if UNKNOWN in kinds else CLOUD
    # One invented answer may stand for several elements of a set that we keep apart; and what we compute of a data source
    # cannot be compared with it.
    return CLOUD if INVENTED.search(json.dumps(theirs, default=str)) else DIFFERENT


def unknown_kind(ours, theirs):
    if NEEDS_CLOUD.search(ours.reason) or INVENTED.search(json.dumps(theirs, default=str)):
        return CLOUD
    return UNKNOWN


def same(kind, ours, theirs, unknown, lenient=False):
    if unknown is True:
        return True
    if isinstance(ours, (Unknown, More)):
        return lenient
    if isinstance(ours, (dict, list)) and isinstance(theirs, str):
        parsed = document(theirs)
        return not isinstance(parsed, str) and same("document", ours, parsed, None, lenient)
    shape, element = (kind[0], kind[1]) if isinstance(kind, list) else (kind, None)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if lenient and "$more" in ours:
            ours = {**{key: ours["$more"] for key in theirs}, **{key: value for key, value in ours.items() if key != "$more"}}
        inner = lambda key: element[key] if shape == "object" and key in element else element
        keys = set(ours) | set(theirs) | set(unknown if isinstance(unknown, dict) else ())
        return all(same(inner(key), ours.get(key), theirs.get(key), part(unknown, key), lenient) for key in keys)
    if isinstance(theirs, list) and isinstance(ours, list):
        return same_elements(shape, element, ours, theirs, unknown, lenient)
    if isinstance(theirs, bool) or isinstance(ours, bool):
        return ours is theirs
    if nothing(ours) and nothing(theirs):
        return True
    return ours == theirs


def same_elements(shape, element, ours, theirs, unknown, lenient):
    if lenient and any(isinstance(item, (Unknown, More)) for item in ours):
        return True
    if len(ours) != len(theirs):
        return False
    if shape != "set":
        return all(same(element, a, b, part(unknown, index), lenient) for index, (a, b) in enumerate(zip(ours, theirs)))
    left = list(ours)
    for index, item in enumerate(theirs):
        match = next((candidate for candidate in left if same(element, candidate, item, part(unknown, index), lenient)), left)
        if match is left:
            return False
        left.remove(match)
    return True


def document(text):
    """The value of a JSON text: ours keeps its structure."""
    try:
        return json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)
    except ValueError:
        return text


def narrowed(path, ours, theirs):
    """The first place where two values differ."""
    if isinstance(ours, (dict, list)) and isinstance(theirs, str):
        theirs = document(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = [(f".{key}", ours.get(key), theirs.get(key)) for key in sorted(set(ours) | set(theirs))]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(f"[{index}]", *pair) for index, pair in enumerate(zip(ours, theirs))]
    else:
        return path, ours, theirs
    differing = (narrowed(path + step, a, b) for step, a, b in pairs if not same(None, a, b, None, lenient=True))
    return next(differing, (path, ours, theirs))


def part(unknown, key):
    if isinstance(unknown, dict):
        return unknown.get(key)
    if isinstance(unknown, list) and isinstance(key, int) and key < len(unknown):
        return unknown[key]
    return None


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def nothing(value):
    """Null and empty: an SDK provider does not tell them apart."""
    return value is None or value == [] or value == {} or value == ""


def leaves(value):
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [value] if items is None else [leaf for item in items for leaf in leaves(item)]


def any_unknown(value):
    return any(isinstance(leaf, (Unknown, More)) for leaf in leaves(value))
