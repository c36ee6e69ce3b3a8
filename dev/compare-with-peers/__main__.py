#!/usr/bin/env python3
"""Runs our rules over the test fixtures of peers and compares verdicts, check by check, through the aliases of our rules.

    python3 -m venv VENV && VENV/bin/pip install pyyaml
    VENV/bin/python dev/compare-with-peers [--program FILE] [--verbose] [--known FILE] \\
        checkov=FOLDER trivy-checks=FOLDER tfsec=FOLDER cfn_nag=FOLDER regula=FOLDER guard=FOLDER kics=FOLDER cdk-nag=FOLDER

A folder is a checkout; for cdk-nag see cdk_nag.py. A peer's pass agrees with pass and not-applicable of ours, its fail with
fail. `docs/comparison-rules.md` lists every disagreement that is meant; another one makes the exit code 1.
"""
import argparse
import collections
import fnmatch
import pathlib
import re

import cdk_nag
import cfn_nag
import checkov
import guard
import kics
import regula
import snippets
from ours import Ours

PEERS = {"checkov": checkov.cases, "trivy-checks": snippets.trivy, "tfsec": snippets.tfsec, "cfn_nag": cfn_nag.cases,
         "regula": regula.cases, "guard": guard.cases, "kics": kics.cases, "cdk-nag": cdk_nag.cases}
COLUMNS = ("agree", "unknown", "meant", "disagree", "not covered")
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def main():
    arguments = parse()
    ours, known = Ours(arguments.program), meant(arguments.known)
    counts, unmeant = collections.defaultdict(collections.Counter), 0
    for item in arguments.peers:
        peer, folder = item.split("=", 1)
        for case in PEERS[peer](pathlib.Path(folder).resolve()):
            for expected, column, text in compare(case, ours, known):
                counts[peer][column] += 1
                unmeant += column == "disagree"
                if column in ("disagree", "unknown") or arguments.verbose:
                    where = expected.resource or expected.line or ""
                    print(f"{column}: {case.check} {peer}:{case.source} {where}: theirs {expected.verdict}, {text}")
    print("| peer | " + " | ".join(COLUMNS) + " |\n|---|" + "---:|" * len(COLUMNS))
    for peer, count in counts.items():
        print(f"| {peer} | " + " | ".join(str(count[column]) for column in COLUMNS) + " |")
    raise SystemExit(bool(unmeant))


def compare(case, ours, known):
    verdicts = ours.judge(case)
    for number, expected in enumerate(case.expected):
        if verdicts is None:
            yield expected, "not covered", "no rule of ours means this"
            continue
        verdict, messages = verdicts[number]
        text = f"ours {verdict} {'; '.join(messages)}"
        said = "pass" if verdict in ("pass", "not-applicable", "not-deployed") else verdict
        if said == expected.verdict or (expected.verdict == "skip" and said in ("pass", "none")):
            yield expected, "agree", text
        elif said == "none" and expected.verdict == "pass":
            yield expected, "not covered", text
        elif is_known(known, case, expected):
            yield expected, "meant", text
        else:
            yield expected, "unknown" if said == "unknown" else "disagree", text


def meant(file):
    """Rows `| checks | source | why |` of the document; both are globs, several with a space between them."""
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", file.read_text(), re.M) if file.exists() else []


def is_known(known, case, expected):
    place = f"{case.source} {expected.resource or expected.line or ''}"
    return any(any(fnmatch.fnmatchcase(case.check, check) for check in checks.split())
               and any(fnmatch.fnmatchcase(place, f"*{part}*") for part in parts.split())
               for checks, parts in known)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", nargs="+", metavar="PEER=FOLDER")
    parser.add_argument("--program", type=pathlib.Path, default=REPOSITORY / "target/debug/iac-check")
    parser.add_argument("--known", type=pathlib.Path, default=REPOSITORY / "docs/comparison-rules.md")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


main()
