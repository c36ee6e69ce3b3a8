"""Validators from the package registries, kept below target/. In: nothing. Out: commands that run them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target/report-validators"
PYTHON = FOLDER / "python/bin/python"
NODE = FOLDER / "node_modules"
PACKAGES = {
    "python": ["jsonschema==4.26.0", "lxml==6.1.3", "markdown-it-py==4.3.0", "linkify-it-py==2.2.0"],
    "node": ["@microsoft/sarif-multitool@5.7.0", "@umbrelladocs/rdformat-validator@1.0.1", "html-validate@10.17.0"],
}


def install() -> None:
    """Installs what is missing, and starts again with the Python that has the packages."""
    done = FOLDER / "installed"
    if not done.exists() or done.read_text() != str(PACKAGES):
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER / "python"], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *PACKAGES["python"]], check=True)
        options = ["--no-fund", "--no-audit", "--no-save", "--silent", "--prefix", FOLDER]
        subprocess.run(["npm", "install", *options, *PACKAGES["node"]], check=True)
        multitool().chmod(0o755)
        done.write_text(str(PACKAGES))
    if Path(sys.prefix) != FOLDER / "python":
        os.execv(PYTHON, [PYTHON, *sys.argv])


def multitool() -> Path:
    return NODE / "@microsoft/sarif-multitool-linux/Sarif.Multitool"


def sarif(report: Path) -> list[str]:
    """What Microsoft's validator says, with GitHub's rules. It exits with 0 whatever it finds."""
    out = report.with_suffix(".validation")
    options = ["--rule-kind", "Sarif;Ghas", "--log", "ForceOverwrite", "--max-file-size-in-kb", "100000"]
    ran = subprocess.run([multitool(), "validate", report, "-o", out, *options], capture_output=True, text=True)
    if "Analysis completed successfully" not in ran.stdout:
        return [ran.stdout[-500:] + ran.stderr[-500:]]
    return [line for line in ran.stdout.splitlines() if ": error " in line or ": warning " in line]


def rdjson(report: Path) -> list[str]:
    return complaints([NODE / ".bin/rdformat-validator", "--strict", report])


def html(report: Path) -> list[str]:
    return complaints([NODE / ".bin/html-validate", report])


def complaints(command: list) -> list[str]:
    ran = subprocess.run(command, capture_output=True, text=True)
    return [] if ran.returncode == 0 else [(ran.stdout + ran.stderr)[-800:]]
