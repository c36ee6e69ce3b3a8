#!/usr/bin/env python3
"""Scans thousands of checkouts on a Spark cluster and writes what is found as Parquet.

    spark-submit examples/fleet/spark_scan.py CHECKOUTS OUTPUT [--binary PATH] [--partitions N] [--verify] [-- OPTIONS...]

CHECKOUTS is a folder with one repository per sub-folder, seen by every executor under the same path (a network
volume, or local disks filled before). The static binary is sent to the executors with `--files iac-check` or lies on
their PATH. OPTIONS go to `iac-check` as they are. Written are two tables:

    OUTPUT/results    repository, verdict, rule, severity, confidence, address, type, stack, file, line, column, message,
                      when, fingerprint
    OUTPUT/problems   repository, level, code, file, line, message

A repository that cannot be scanned is a row of `problems` with code `scan-failed`, never a failed job. `--verify` scans
everything once more on the driver alone and compares: exit code 1 when a row differs.
"""
import argparse
import json
import pathlib
import subprocess
import sys

from pyspark import SparkFiles
from pyspark.sql import Row, SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

TEXT, NUMBER = StringType(), IntegerType()
RESULTS = [("repository", TEXT), ("verdict", TEXT), ("rule", TEXT), ("severity", TEXT), ("confidence", TEXT),
           ("address", TEXT), ("type", TEXT), ("stack", TEXT), ("file", TEXT), ("line", NUMBER), ("column", NUMBER),
           ("message", TEXT), ("when", TEXT), ("fingerprint", TEXT)]
PROBLEMS = [("repository", TEXT), ("level", TEXT), ("code", TEXT), ("file", TEXT), ("line", NUMBER), ("message", TEXT)]
# A repository that takes longer is not worth holding up a fleet for.
TIMEOUT_SECONDS = 600


def schema(columns):
    return StructType([StructField(name, kind, name != "repository") for name, kind in columns])


def scan(binary, folder, options):
    """Rows of one checkout, each with the table that it belongs to."""
    name = pathlib.Path(folder).name
    command = [binary, "check", folder, "--root", folder, "--format", "json", "--fail-on", "never", "--jobs", "1", *options]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        report = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        return [("problems", (name, "error", "scan-failed", None, None, str(error)))]
    rows = [("results", (
        name, found["verdict"], found["rule"], found["severity"], found["confidence"], found["resource"]["address"],
        found["resource"]["type"], found["resource"]["stack"], found["location"]["file"],
        found["location"]["start"]["line"], found["location"]["start"]["column"], found["message"], found["when"],
        found["fingerprint"])) for found in report["results"]]
    for problem in report["problems"]:
        line = problem["location"]["start"]["line"] if problem["location"] else None
        rows.append(("problems", (name, problem["level"], problem["code"], problem["file"], line, problem["message"])))
    return rows


def executor_binary(binary):
    """The binary where this executor has it: sent along with the job, or as it was named."""
    sent = pathlib.Path(SparkFiles.get(pathlib.Path(binary).name))
    return str(sent) if sent.exists() else binary


def verify(spark, output, folders, binary, options):
    """Compares the tables with a scan on the driver alone; returns how many rows differ."""
    alone = [row for folder in folders for row in scan(executor_binary(binary), folder, options)]
    different = 0
    for table in ("results", "problems"):
        expected = sorted(map(repr, (row for kind, row in alone if kind == table)))
        written = sorted(repr(tuple(row)) for row in spark.read.parquet(f"{output}/{table}").collect())
        different += len(set(expected) ^ set(written)) + abs(len(expected) - len(written))
        print(f"{table}: {len(written)} rows by Spark, {len(expected)} alone")
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts")
    parser.add_argument("output")
    parser.add_argument("--binary", default="iac-check")
    parser.add_argument("--partitions", type=int, default=0, help="tasks; one per checkout, at most 10,000, when not given")
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("options", nargs="*")
    args = parser.parse_args()
    folders = sorted(str(path) for path in pathlib.Path(args.checkouts).iterdir() if path.is_dir())
    spark = SparkSession.builder.appName("iac-check").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    binary, options = args.binary, args.options
    tasks = args.partitions or max(1, min(len(folders), 10_000))
    rows = spark.sparkContext.parallelize(folders, tasks).flatMap(
        lambda folder: scan(executor_binary(binary), folder, options)).cache()
    for table, columns in (("results", RESULTS), ("problems", PROBLEMS)):
        names = [name for name, _ in columns]
        of_table = rows.filter(lambda row, table=table: row[0] == table).map(lambda row: Row(*names)(*row[1]))
        spark.createDataFrame(of_table, schema(columns)).coalesce(8).write.mode("overwrite").parquet(
            f"{args.output}/{table}", compression="gzip")
    results = spark.read.parquet(f"{args.output}/results")
    results.groupBy("verdict", "severity").count().orderBy("verdict", "severity").show()
    different = verify(spark, args.output, folders, binary, options) if args.verify else 0
    spark.stop()
    if different:
        print(f"{different} rows differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
