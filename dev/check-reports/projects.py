"""Projects that are hard to report on. In: a folder. Out: one repository per case below it, each with the folder to run
in, the arguments, and the number of failures where it is known."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

# One rule decides, so that a new rule changes no count.
RULE = ["--rule", "dynamodb/point-in-time-recovery"]

HOSTILE = (
    "x\x1b[31m\x9b5m\u202e\u2066<script>alert(1)</script><img src=x onerror=alert(1)> ::error::pwned ##[error]pwned "
    "::set-output name=a::pwned %0A::warning::pwned &lt; ]]> --> |`*_[a](https://evil.example) @somebody #1 !x"
)


@dataclass
class Project:
    name: str
    root: Path
    failures: int | None
    cwd: str = "."
    arguments: list[str] = field(default_factory=lambda: ["."])
    # Large reports take Python's JSON Schema and Markdown minutes.
    large: bool = False


def table(name: str, label: str = "t") -> str:
    return f'resource "aws_dynamodb_table" "{label}" {{\n  name = "{name}"\n  hash_key = "id"\n  attribute {{\n    name = "id"\n    type = "S"\n  }}\n}}\n'


def off(name: str, label: str = "t") -> str:
    return table(name, label)[:-2] + "  point_in_time_recovery {\n    enabled = var.recovery\n  }\n}\n"


def protected(name: str, label: str = "t") -> str:
    return table(name, label)[:-2] + "  point_in_time_recovery {\n    enabled = true\n  }\n}\n"


VARIABLE = 'variable "recovery" {\n  default = false\n}\n'

HOSTILE_HCL = (
    "# ##[error]pwned ::error::pwned " + HOSTILE + "\n"
    'resource "aws_dynamodb_table" "t" {\n'
    f'  name = "{HOSTILE.replace(chr(92), "").replace(chr(34), "")}" # ##[warning]pwned {HOSTILE}\n'
    "::error::pwned\n}\n"
    'resource "aws_dynamodb_table" "<script>alert(1)</script>::error::##[error]|`" {\n'
    f"  for_each = toset([\"{HOSTILE.replace(chr(34), '')}\"])\n"
    "  name = each.key\n"
    "  point_in_time_recovery {\n"
    f"    enabled = false /* ::error::pwned ##[error]pwned {HOSTILE} */\n  }}\n}}\n"
    f'module "m<b>" {{\n  source = "./{HOSTILE.replace(chr(34), "").replace("/", "")}"\n}}\n'
)

HOSTILE_YAML = f"""Resources:
  "{HOSTILE.replace(chr(27), "").replace(chr(0x9b), "")}":
    Type: AWS::DynamoDB::Table # ##[error]pwned {HOSTILE.replace(chr(27), "").replace(chr(0x9b), "")}
    Properties:
      PointInTimeRecoverySpecification:
        PointInTimeRecoveryEnabled: false # ::error::pwned
      TableName: !FindInMap [A, "{HOSTILE.replace(chr(27), "").replace(chr(0x9b), "")}", C]
"""


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return root


def projects(folder: Path) -> list[Project]:
    def repository(name: str, files: dict[str, str | bytes]) -> Path:
        (folder / name).mkdir(parents=True)
        return write(folder / name, files)

    many = {f"stack{number}/main.tf": "".join(table(f"t{at}", f"t{at}") for at in range(100)) for number in range(60)}
    odd = "ordner mit leerzeichen/ünï 😀 #1%[a]/täble (copy);&'.tf"
    linked = repository("symlink", {"real/main.tf": table("a")})
    os.symlink("real", linked / "link")
    os.symlink("../real/main.tf", linked / "real/again.tf.link")
    outside = repository(
        "module-outside",
        {"main.tf": 'module "m" {\n  source = "../elsewhere"\n}\nmodule "r" {\n  source = "terraform-aws-modules/dynamodb-table/aws"\n}\n' + table("a")},
    )
    write(folder / "elsewhere", {"main.tf": table("outside")})
    return [
        Project("none", repository("none", {"main.tf": protected("a")}), 0),
        Project("nothing", repository("nothing", {"README.md": "no code"}), 0),
        Project("one", repository("one", {"main.tf": off("ü😀") + VARIABLE}), 1),
        Project("many", repository("many", many), 6000, large=True),
        Project("odd paths", repository("odd-paths", {odd: off("ü😀") + VARIABLE}), 1),
        Project("line ends", repository("line-ends", {"main.tf": (off("ü😀\\t") + VARIABLE).replace("\n", "\r\n")}), 1),
        Project("byte order mark", repository("bom", {"main.tf": "\ufeff" + table("ü"), "b.yaml": "\ufeffResources:\n  T:\n    Type: AWS::DynamoDB::Table\n"}), 2),
        Project("symlink", linked, 1, arguments=["link"]),
        Project("subfolder", repository("subfolder", {"a/b/main.tf": 'module "m" {\n  source = "../../shared"\n}\n', "shared/main.tf": table("a")}), 1, cwd="a/b"),
        Project("module outside", outside, 1),
        Project("syntax error", repository("syntax", {"bad.tf": 'resource "a" {\n', "c.yaml": "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {\n", "good/main.tf": table("a"), "latin.tf": b"# \xff\n"}), 1),
        Project("value chain", repository("chain", {"main.tf": 'variable "env" {}\nlocals {\n  on = var.env == "prod"\n}\nmodule "orders" {\n  source = "./table"\n  on     = local.on\n}\n', "table/main.tf": 'variable "on" {}\n' + off("a").replace("var.recovery", "var.on")}), 1),
        Project("hostile", repository("hostile", {"main.tf": HOSTILE_HCL, "t.yaml": HOSTILE_YAML, "a ##[error]b.tf": table("x", "other"), "::error::pwned/main.tf": table("y"), "<script>alert(1)<!--/main.tf": table("z")}), None),
    ]
