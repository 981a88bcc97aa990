"""What an installation puts where, and that setup.cfg tells the truth about the source."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "policy_engine"
MAPPED = {"policy_engine.grammar": "grammar", "policy_engine.policies": "policies"}
IMPORTED_AS = {"pyyaml": "yaml", "z3-solver": "z3", "google-re2": "re2", "backports.zstd": "backports"}
FOR_WORK = ("test", "dev", "bench")
"""Extras that the package itself needs nothing of."""


def _setup() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read(ROOT / "setup.cfg", encoding="utf-8")
    return parsed


def _lines(section: str, key: str) -> list[str]:
    lines = (line.strip() for line in _setup()[section][key].splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _imported(path: Path) -> Iterator[str]:
    """The top-level names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built from a copy: the checkout stays clean, and nothing stale in it can help."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for folder in ("policy_engine", *MAPPED.values()):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "LICENSE", "README.md", "cli.py"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, tree)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(out)], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_installs_one_top_level_name(wheel: zipfile.ZipFile) -> None:
    top = {name.partition("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"policy_engine"}
    assert len(top) == 2


def test_the_wheel_holds_the_grammar_and_everything_under_policies(wheel: zipfile.ZipFile) -> None:
    shipped = {
        f"policy_engine/{path.relative_to(ROOT).as_posix()}"
        for folder in MAPPED.values()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in (".lark", ".policy", ".standard", ".yaml", ".json", ".jsonl")
    }
    assert shipped >= {
        "policy_engine/grammar/policy.lark",
        "policy_engine/policies/vocabularies/default.yaml",
    }
    assert shipped <= set(wheel.namelist())


def test_the_wheel_holds_every_module_and_says_that_it_is_typed(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert {path.relative_to(ROOT).as_posix() for _, path in _modules()} <= names
    assert "policy_engine/py.typed" in names


def test_the_wheel_holds_the_templates_of_pages(wheel: zipfile.ZipFile) -> None:
    reports = PACKAGE / "reports"
    templates = {
        path.relative_to(ROOT).as_posix() for path in reports.iterdir() if path.suffix in (".css", ".jinja")
    }
    assert {"policy_engine/reports/page.css", "policy_engine/reports/page.html.jinja"} <= templates
    assert templates <= set(wheel.namelist())


def test_the_wheel_holds_the_mapping_files_of_classifiers(wheel: zipfile.ZipFile) -> None:
    folder = PACKAGE / "transcripts" / "classifiers"
    shipped = {path.relative_to(ROOT).as_posix() for path in folder.iterdir()}
    assert "policy_engine/transcripts/classifiers/openai-moderation.yaml" in shipped
    assert shipped <= set(wheel.namelist())


def test_init_works_from_an_installation_that_cannot_be_written(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    installed = tmp_path / "site packages"
    wheel.extractall(installed)
    for path in installed.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    run = "import policy_engine.commands as c, sys; print(c.__file__, file=sys.stderr); c.main()"
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", run, "init", "chat", "--format", "json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stderr
    starter = PACKAGE / "starter"
    made = {
        re.sub(r"(^|/)dot-", r"\1.", path.relative_to(starter).as_posix())
        for path in starter.rglob("*")
        if path.is_file()
    }
    assert {
        path.relative_to(tmp_path / "chat").as_posix()
        for path in (tmp_path / "chat").rglob("*")
        if path.is_file()
    } == made
    for path in installed.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_the_wheel_has_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    assert "policy-engine = policy_engine.commands:main" in wheel.read(entry_points).decode()
    assert any(name.endswith("/LICENSE") for name in wheel.namelist())


def test_every_package_is_listed() -> None:
    found = {name for name, path in _modules() if path.name == "__init__.py"}
    assert set(_lines("options", "packages")) == found | set(MAPPED)


def test_the_mapped_folders_are_no_packages_of_the_checkout() -> None:
    for folder in MAPPED.values():
        assert not list((ROOT / folder).rglob("*.py"))


def _named(lines: list[str]) -> set[str]:
    """The modules that requirements bring."""
    required = {re.split(r"[<>=!~\[; ]", line)[0].lower() for line in lines}
    return {IMPORTED_AS.get(name, name) for name in required}


def _of_extras() -> set[str]:
    extras = [name for name in _setup()["options.extras_require"] if name not in FOR_WORK]
    return set().union(*(_named(_lines("options.extras_require", name)) for name in extras))


def test_what_is_imported_is_required() -> None:
    known = _named(_lines("options", "install_requires")) | {"policy_engine", "__future__"}
    # rich comes with typer, which is what its users rely on too.
    known |= {"rich"} | set(sys.stdlib_module_names) | _of_extras()
    known |= {"compression"}  # Python's own from 3.14 on
    strangers = {(name, each) for name, path in _modules() for each in _imported(path) if each not in known}
    assert strangers == set()


def test_what_an_extra_brings_is_imported_where_it_is_needed_and_nowhere_else() -> None:
    extras = _of_extras()
    for name, path in _modules():
        top = ast.parse(path.read_text(encoding="utf-8")).body
        at_once = [node for node in top if isinstance(node, ast.Import | ast.ImportFrom)]
        found = {alias.name for node in at_once if isinstance(node, ast.Import) for alias in node.names}
        found |= {str(node.module) for node in at_once if isinstance(node, ast.ImportFrom)}
        assert not {each.partition(".")[0] for each in found} & extras, name


def test_the_version_stands_in_one_place() -> None:
    """Either setup.cfg says it, or setup.cfg says which module does."""
    assignment = re.compile(r"^__version__(?:: \w+)? = [\"']\d", re.MULTILINE)
    places = [name for name, path in _modules() if assignment.search(path.read_text(encoding="utf-8"))]
    stated = _setup()["metadata"]["version"]
    if stated.startswith("attr:"):
        assert places == [stated.removeprefix("attr:").strip().removesuffix(".__version__")]
    else:
        assert places == []
        assert re.fullmatch(r"\d+\.\d+\.\d+", stated)


def test_every_module_has_its_layer() -> None:
    """A module that the import contract does not name may import whatever it likes."""
    layers = {
        name.strip(" ()")
        for line in _lines("importlinter:contract:layers", "layers")
        for name in line.split("|")
    }

    def placed(name: str) -> bool:
        return any(name == layer or name.startswith(f"{layer}.") for layer in layers)

    packages = {"policy_engine", "policy_engine.transcripts"}
    assert [name for name, _ in _modules() if name not in packages and not placed(name)] == []
