"""What made a result, laid out for reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

# In this order first, under these words; whatever else was recorded follows.
_WORDS = {
    "software": "Software",
    "command": "Command line",
    "seed": "Seed",
    "started": "Begun",
    "finished": "Finished",
    "versions": "Versions",
}
_ROLES = {
    "xray": "Mixed radiograph",
    "xrf": "Element maps",
    "rgb": "Photograph",
    "init": "First guess of the surface layer",
    "model": "Model",
}
_MACHINE_TEXT = ("command",)
_ELSEWHERE = ("inputs", "status", "findings", "remarks", "disagreement")
"""What the page shows in other places, or not at all."""
_SHARES = ("trust", "sharpness", "noise_taken_out")
"""Numbers for each element of which 1 is the whole."""


@dataclass(frozen=True)
class Input:
    """A file that went in."""

    role: str
    file: str
    checksum: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """Provenance as the page shows it.

    Attributes:
        inputs: The files that went in.
        facts: (words, value, whether the value is text for a machine).
        configuration: The complete configuration as YAML; empty when none was recorded.
    """

    inputs: tuple[Input, ...]
    facts: tuple[tuple[str, str, bool], ...]
    configuration: str

    @classmethod
    def of(cls, provenance: Mapping[str, Any]) -> "Record":
        """Lay out the content of `provenance.json`.

        Args:
            provenance: "inputs" by role, each with "file" and "sha256"; "configuration" as a
                mapping or as YAML; anything else that has no other place on the page is shown.
        """
        rest = {
            k: v for k, v in provenance.items() if k not in _ELSEWHERE and v not in ([], {}, "")
        }
        configuration = rest.pop("configuration", None) or ""
        if not isinstance(configuration, str):
            configuration = yaml.safe_dump(
                _plain(configuration), sort_keys=False, allow_unicode=True, width=1000
            )
        order = [*(key for key in _WORDS if key in rest), *(k for k in rest if k not in _WORDS)]
        facts = tuple(
            (
                _WORDS.get(key, _words(key)),
                _shares(rest[key]) if key in _SHARES else _value(rest[key]),
                key in _MACHINE_TEXT,
            )
            for key in order
        )
        inputs = provenance.get("inputs") or {}
        return cls(tuple(_input(*item) for item in inputs.items()), facts, configuration)


def _input(role: str, facts: Mapping[str, Any]) -> Input:
    rest = {k: v for k, v in facts.items() if k not in ("file", "sha256") and v is not None}
    return Input(
        _ROLES.get(role, _words(role)),
        str(facts.get("file", "")),
        str(facts.get("sha256", "")),
        tuple(f"{_words(key)}: {_value(value)}" for key, value in rest.items()),
    )


def _words(key: str) -> str:
    text = key.replace("_", " ")
    return text[:1].upper() + text[1:]


def _shares(values: Any) -> str:
    if not isinstance(values, Mapping):
        return _value(values)
    return ", ".join(
        f"{name} {'none found' if share is None else f'{share:.0%}'}"
        for name, share in values.items()
    )


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(content)}" for key, content in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " × ".join(map(_value, value)) if _is_size(value) else "; ".join(map(_value, value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _is_size(value: Sequence[Any]) -> bool:
    return 1 < len(value) <= 3 and all(isinstance(item, int) for item in value)


def _plain(value: Any) -> Any:
    """Only what YAML's safe writer knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(content) for key, content in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(content) for content in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
