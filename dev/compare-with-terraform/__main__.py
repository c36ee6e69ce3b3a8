#!/usr/bin/env python3
"""Compares what `iac-check resolve` makes of real modules with what the real `terraform plan` makes of them.

    python3 dev/compare-with-terraform --oracle FOLDER [--python VENV/bin/python] [--map SOURCE=FOLDER]... FOLDER...

Every FOLDER is a repository or a root module: its root modules below `examples`, else the folder itself, are planned by
`terraform` through a stand-in for the AWS provider and resolved by us, with the same variables. Every attribute that
terraform knows of every resource of a type in src/terraform/data/aws-schema.json is then compared: numbers exactly, sets
without order. See docs/comparison-terraform.md for what the numbers mean.

--oracle  holds plan_dir.py and awsprov/fake_aws.py (the stand-in; its Python needs the packages tf, grpcio, msgpack)
--map     where the module of a registry or git source lies: terraform-aws-modules/vpc/aws=../terraform-aws-vpc

Exits with 1 when an attribute differs or an instance is missing or extra.
"""
import argparse
import pathlib
import sys
import tempfile

import compare
import ours
import report
from planner import Planner
from workspace import Workspace

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--oracle", required=True, type=pathlib.Path)
    parser.add_argument("--python", default=sys.executable, help="runs the stand-in")
    parser.add_argument("--map", action="append", default=[], metavar="SOURCE=FOLDER")
    parser.add_argument("--repo", type=pathlib.Path, help="the repository of FOLDERs that are root modules")
    parser.add_argument("--iac-check", default=REPOSITORY / "target/debug/iac-check", type=pathlib.Path)
    parser.add_argument("--plans", type=pathlib.Path, help="keeps plans here and takes those that are there")
    parser.add_argument("--list", type=int, default=20, metavar="N", help="list N differences of a kind per root module")
    parser.add_argument("--all", action="store_true", help="list also what needs the cloud and what only we know")
    return parser.parse_args()


def main():
    options = arguments()
    schema = compare.Schema.read(REPOSITORY / "src/terraform/data/aws-schema.json")
    total = report.Counts()
    with tempfile.TemporaryDirectory(prefix="compare-with-terraform") as scratch:
        workspace = Workspace(pathlib.Path(scratch).resolve(), options.oracle, dict(m.split("=", 1) for m in options.map))
        with Planner(options.oracle, options.python, options.plans) as planner:
            for folder in options.folders:
                counts = report.Counts()
                for root in workspace.roots(folder, options.repo or folder):
                    planned = planner.plan(root)
                    if planned.errors:
                        report.not_planned(root, planned.errors)
                        counts.not_planned += 1
                        continue
                    resolved = ours.resolve(options.iac_check, workspace.path, root)
                    found = compare.root(schema, planned, resolved)
                    report.root(root, found, resolved, options)
                    counts.add(found, resolved)
                report.counts(folder.name, counts)
                total.join(counts)
    report.counts("total", total)
    return int(total.failed())


if __name__ == "__main__":
    sys.exit(main())
