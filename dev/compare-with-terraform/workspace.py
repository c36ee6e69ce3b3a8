"""A copy of the repositories in which both programs find every module. In: folders and where modules lie. Out: root modules."""
import dataclasses
import json
import pathlib
import shutil
import sys

LEFT_OUT = shutil.ignore_patterns(".git", ".terraform", ".terraform.lock.hcl", "*.zip", "node_modules")


@dataclasses.dataclass(frozen=True)
class Root:
    name: str
    path: pathlib.Path
    repository: pathlib.Path
    maps: dict
    var_files: tuple


class Workspace:
    """`path` holds one copy of each repository. The sources stay untouched: modules.json is written into the copies."""

    def __init__(self, path, oracle, maps):
        sys.path.insert(0, str(oracle))
        from plan_dir import manifest  # what terraform would have installed

        self.path = path
        self.manifest = manifest
        self.copies = {}
        self.maps = {source: str(self.copy(pathlib.Path(folder))) for source, folder in maps.items()}

    def copy(self, folder):
        folder = folder.resolve()
        if folder not in self.copies:
            target = self.path / folder.name
            if target.exists():
                target = self.path / f"{folder.parent.name}+{folder.name}"
            shutil.copytree(folder, target, symlinks=True, ignore=LEFT_OUT)
            self.copies[folder] = target
        return self.copies[folder]

    def roots(self, folder, repository):
        """The root modules of a folder, ready to be planned and resolved."""
        copy = self.copy(repository)
        top = copy / folder.resolve().relative_to(repository.resolve())
        examples = sorted({file.parent for file in top.glob("examples/**/*.tf")})
        called = {directory for example in examples for directory in self.called(example)}
        for path in [example for example in examples if example not in called] or [top]:
            modules, _ = self.manifest(str(path), self.maps)
            data = path / ".terraform/modules"
            data.mkdir(parents=True, exist_ok=True)
            (data / "modules.json").write_text(json.dumps({"Modules": modules}))
            var_files = sorted(path.glob("fixtures.*.tfvars"))[:1]
            yield Root(str(path.relative_to(self.path)), path, copy, self.maps, tuple(var_files))

    def called(self, path):
        modules, _ = self.manifest(str(path), {})
        return {(path / module["Dir"]).resolve() for module in modules if module["Key"]}
