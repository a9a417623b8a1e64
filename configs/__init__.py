"""Presets and settings of experiments as YAML files, one folder for each method."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml


def presets(family: str) -> list[str]:
    """The names of the presets of "separation" or "superresolution"."""
    folder = files(__name__) / family
    return sorted(Path(p.name).stem for p in folder.iterdir() if p.name.endswith(".yaml"))


def read_preset(family: str, name: str) -> dict[str, dict[str, Any]]:
    """The settings of a preset, by section; those that are not in it have their defaults.

    Args:
        family: "separation" or "superresolution".
        name: One of its `presets`.
    """
    text = (files(__name__) / family / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text) or {}
