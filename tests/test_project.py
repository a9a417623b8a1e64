"""The project's own habits: lock file, packages, imports, and what no file may contain."""

import ast
import fnmatch
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads(read(ROOT / "pyproject.toml"))
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
LOCK = read(ROOT / "requirements.lock")

LEVELS = {
    "errors": 0,
    "files": 0,
    "configs": 0,
    "images": 1,
    "simulation": 2,
    "training": 2,
    "export": 2,
    "runs": 2,
    "remote": 3,
    "separation": 3,
    "superresolution": 3,
    "report": 4,
    "evaluation": 4,
    "inspection": 4,
    "registration": 4,
    "learning": 5,
    "cli": 5,
}
"""Imports run from a higher level to a lower one, or stay on their own."""

NEVER = {
    ("separation", "superresolution"),
    ("superresolution", "separation"),
    *(
        ("simulation", room)
        for room in LEVELS
        if room not in {"simulation", "images", "errors", "files"}
    ),
    *(("remote", room) for room in LEVELS if room not in {"remote", "export", "errors"}),
    *((room, "remote") for room in LEVELS if room not in {"remote", "cli"}),
}
"""Imports (from, to) that the levels would allow and the design does not."""


def locked() -> Iterator[tuple[str, Version, list[str]]]:
    """Name, version and hashes of each entry of the lock file."""
    for entry in re.finditer(r"^([\w.-]+)==([\w.!+]+)(.*\n(?: +.*\n)*)", LOCK, re.MULTILINE):
        name, version, rest = entry.groups()
        yield canonicalize_name(name), Version(version), re.findall(r"--hash=sha256:(\w+)", rest)


def project_files() -> list[Path]:
    """Files that git tracks, or would after `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def package_folder(package: str) -> Path:
    """Where setuptools finds a package."""
    return ROOT / SETUPTOOLS["package-dir"].get(package, package.replace(".", "/"))


def package_names() -> dict[str, Path]:
    """The packages that the folders amount to."""
    found = {}
    for package in SETUPTOOLS["package-dir"]:
        top = package_folder(package)
        for folder in {path.parent for path in top.rglob("*.py")}:
            found[".".join([package, *folder.relative_to(top).parts])] = folder
    return found


def declared() -> list[Requirement]:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    lists = (project["dependencies"], *(extras[name] for name in extras if name != "gpu"))
    requirements = [Requirement(text) for texts in lists for text in texts]
    # Among the extras is one that names another extra of this project.
    return [one for one in requirements if one.name != project["name"]]


@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_each_dependency_is_locked_within_its_bounds(requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)
    versions = [version for locked_name, version, _ in locked() if locked_name == name]
    assert versions, f"{name} is missing: run `make lock`"
    assert all(requirement.specifier.contains(version) for version in versions), versions


def test_each_locked_package_has_a_hash() -> None:
    entries = list(locked())
    assert len(entries) > len(declared())
    assert [name for name, _, hashes in entries if not hashes] == []


def test_lock_file_has_no_address() -> None:
    lines = [line for line in LOCK.splitlines() if not line.lstrip().startswith("#")]
    unexpected = [line for line in lines if not re.match(r"[\w.-]+==|    --hash=sha256:", line)]
    assert unexpected == []
    assert not re.search(r"://|@ |file:", LOCK)


def test_no_file_names_a_package_index() -> None:
    pattern = re.compile(
        r"(?<!no-emit-)index[-_]url|find[-_]links|trusted[-_]host|uv_(default_)?index"
        r"|pypi\.|pythonhosted|registry\.npm",
        re.IGNORECASE,
    )
    guilty = {
        str(path.relative_to(ROOT)): match.group()
        for path in project_files()
        if path != Path(__file__) and (match := pattern.search(read(path)))
    }
    assert guilty == {}


def test_no_source_file_is_marked_unfinished() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    sources = [path for path in project_files() if path.suffix == ".py" and path != Path(__file__)]
    assert sources
    assert [str(path) for path in sources if pattern.search(read(path))] == []


@pytest.mark.parametrize("module", ["tfpaintsep", "tfpaintsep.cli.main"])
def test_import_loads_no_tensorflow(module: str) -> None:
    program = f"import sys, {module}; print(sorted({{'tensorflow', 'keras'}} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_each_folder_of_code_is_a_declared_package() -> None:
    assert sorted(package_names()) == sorted(SETUPTOOLS["packages"])


def test_each_package_says_what_it_holds() -> None:
    for package in SETUPTOOLS["packages"]:
        tree = ast.parse(read(package_folder(package) / "__init__.py"))
        assert ast.get_docstring(tree), package


def test_each_data_file_is_packaged() -> None:
    folders = {package: package_folder(package) for package in SETUPTOOLS["packages"]}
    unpackaged = []
    for path in project_files():
        owners = [package for package, folder in folders.items() if folder in path.parents]
        if path.suffix == ".py" or not owners:
            continue
        owner = max(owners, key=len)
        name = path.relative_to(folders[owner]).as_posix()
        patterns = SETUPTOOLS["package-data"].get(owner, [])
        if not any(fnmatch.fnmatch(name, pattern.removeprefix("**/")) for pattern in patterns):
            unpackaged.append(str(path))
    assert unpackaged == []


def imported_rooms(path: Path, package: str) -> Iterator[str]:
    """The parts of tfpaintsep that a file imports, at its top or within functions."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            start = ".".join([*(base if node.level else []), *filter(None, [node.module])])
            modules = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            parts = module.split(".")
            if parts[0] == "tfpaintsep" and len(parts) > 1 and parts[1] in LEVELS:
                yield parts[1]


def test_imports_run_one_way() -> None:
    wrong = []
    for package, folder in package_names().items():
        if package == "tfpaintsep":
            continue
        room = package.split(".")[1]
        for path in folder.glob("*.py"):
            for other in imported_rooms(path, package):
                if LEVELS[other] > LEVELS[room] or (room, other) in NEVER:
                    wrong.append(f"{path.relative_to(ROOT)} imports {other}")
    assert wrong == []


def test_citation_names_this_version() -> None:
    citation = yaml.safe_load(read(ROOT / "CITATION.cff"))
    assert str(citation["version"]) == PYPROJECT["project"]["version"]
    assert citation["license"] == PYPROJECT["project"]["license"]


def test_each_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = read(folder / "README.md")
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert pages == re.findall(r"\((\d{4}-[\w-]+\.md)\)", index)
    assert [int(page[:4]) for page in pages] == list(range(1, len(pages) + 1))
