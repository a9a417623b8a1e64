"""Configurations from presets, files and `--set`; later wins."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from tfpaintsep.configs import presets, read_preset
from tfpaintsep.errors import InputError

if TYPE_CHECKING:
    from pydantic import BaseModel  # loads slowly, needed by few

Config = TypeVar("Config", bound="BaseModel")


def load_configuration(
    kind: type[Config],
    family: str,
    preset: str,
    file: Path | None = None,
    settings: Iterable[str] = (),
    option: str = "--set",
) -> Config:
    """Put a configuration together.

    Args:
        kind: The configuration's class.
        family: Folder of presets.
        preset: Name of the preset.
        file: The user's YAML file, complete or in part.
        settings: "section.name=value" in YAML's notation.
        option: The option that gave the settings.

    Raises:
        InputError: If a name is unknown, a value does not fit or the file is not YAML.
    """
    from pydantic import ValidationError

    if preset not in presets(family):
        raise InputError(
            "--preset",
            expected=f"one of {', '.join(presets(family))}",
            found=preset,
            advice="Choose one of these.",
        )
    content: dict[str, Any] = read_preset(family, preset)
    where = f"preset {preset}"
    if file is not None:
        try:
            text = file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                file,
                expected="a readable YAML file",
                found=str(error),
                advice="Check the name given to --config.",
            ) from error
        content = _merged(content, _mapping(text, str(file)))
        where = str(file)
    for setting in settings:
        content = _merged(content, _parsed(setting, option))
        where = option if file is None else f"{file} with {option}"
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "configuration"
        raise InputError(
            where,
            expected=f"{name}: {_explained(first)}",
            found=repr(first["input"]),
            advice=_nearest(kind, name) or "See config.yaml of a finished run for all names.",
        ) from error


def _nearest(kind: "type[BaseModel]", name: str) -> str:
    """A hint at a setting that is spelled almost so, if there is one."""
    known = [
        f"{section}.{setting}"
        for section, fields in kind().model_dump().items()
        for setting in fields
    ]
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near and name not in known else ""


def _explained(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "no such setting exists"
    return str(error["msg"])


def _mapping(text: str, where: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(
            where,
            expected="YAML",
            found=" ".join(str(error).split())[:200],
            advice="Correct the file.",
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(
            where,
            expected="sections with settings, as in configs/",
            found=type(content).__name__,
            advice="Correct the file.",
        )
    return content


def _parsed(setting: str, option: str) -> dict[str, Any]:
    name, equals, value = setting.partition("=")
    if not equals or not name.strip():
        raise InputError(
            option,
            expected="SECTION.NAME=VALUE, such as training.seed=1",
            found=setting,
            advice="Correct the option.",
        )
    parts = name.strip().split(".")
    try:
        nested: Any = yaml.safe_load(value)
    except yaml.YAMLError:
        nested = value
    for part in reversed(parts):
        nested = {part: nested}
    return dict(nested)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[name] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return merged
