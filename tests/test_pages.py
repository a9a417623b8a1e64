"""What the pages say can be typed: their commands parse, their settings and links exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.cli.main import COMMANDS, cli
from tfpaintsep.errors import InputError
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.superresolution.config import SuperResolutionConfig

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docs/**/*.rst", "*/README.md")
    for path in ROOT.glob(pattern)
    if ".venv" not in path.parts
)
CONFIGURATIONS: tuple[tuple[Any, str], ...] = (
    (SeparationConfig, "separation"),
    (SuperResolutionConfig, "superresolution"),
)


class Line(NamedTuple):
    """A command in a block of code."""

    page: str
    words: list[str]


def code(path: Path) -> str:
    """The blocks of code of a page: fenced, or indented by four."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    indented = re.findall(r"^(?: {4}|\t).*$", text, re.MULTILINE)
    return "\n".join([*fenced, *indented]).replace("\\\n", " ")


def command_lines() -> Iterator[Line]:
    for path in PAGES:
        for found in re.findall(r"(?:^|[\s/])tfpaintsep +([a-z-].*)$", code(path), re.MULTILINE):
            words = re.split(r"\s[&|;#>]|[;'\"]", found)[0].split()
            yield Line(str(path.relative_to(ROOT)), words)


LINES = list(command_lines())


def test_commands_were_found() -> None:
    assert {line.words[0] for line in LINES} >= COMMANDS.keys() - {"demo"}  # of make


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.page}: {line.words[0]}")
def test_a_command_parses(line: Line) -> None:
    name, *words = line.words
    if name == "--help":
        return
    assert name in COMMANDS, line
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    if "..." in words:  # said in part
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known
        return
    command.make_context(name, words, parent=click.Context(cli))


def test_options_and_commands_named_in_the_text_exist() -> None:
    known = {"--help", "--version"}
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        known |= {option for parameter in command.params for option in parameter.opts}
    unknown = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for name, rest in re.findall(r"`+tfpaintsep ([a-z][\w-]*)([^`]*)`", text):
            words = [name, *re.findall(r"--[a-z][\w-]*", rest)]
            if name not in COMMANDS or not known.issuperset(words[1:]):
                unknown.append(f"{path.name}: {words}")
    assert unknown == []


def test_settings_named_in_the_text_can_be_set() -> None:
    wrong = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for setting in re.findall(r"--set(?:-sr)?\s+([a-z]\w*\.\w+=[^\s`\"),;]+)", text):
            if not any(accepts(kind, name, setting) for kind, name in CONFIGURATIONS):
                wrong.append(f"{path.name}: {setting}")
    assert wrong == []


def accepts(kind: Any, name: str, setting: str) -> bool:
    if setting.endswith("=N"):
        setting = setting[:-1] + "3"
    try:
        load_configuration(kind, name, "fast", settings=(setting,))
    except InputError:
        return False
    return True


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for path in PAGES:
        text = re.sub(r"`[^`\n]*`", "", path.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []
