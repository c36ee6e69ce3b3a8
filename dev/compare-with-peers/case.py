"""A fixture of a peer with its verdicts."""
import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Expected:
    """What the peer says. `resource`: address or logical id; `line`: a line inside it; neither: the whole fixture."""

    verdict: str
    resource: str | None = None
    line: int | None = None


@dataclasses.dataclass(frozen=True)
class Case:
    """One run of one check: `path` is a file or folder on disk, `text` what is written to a file named `name`."""

    peer: str
    check: str
    source: str
    expected: tuple[Expected, ...]
    path: pathlib.Path | None = None
    name: str | None = None
    text: str | None = None


def whole(verdict):
    return (Expected(verdict),)


def of_resources(passing, failing):
    return tuple([Expected("pass", name) for name in sorted(passing)] + [Expected("fail", name) for name in sorted(failing)])
