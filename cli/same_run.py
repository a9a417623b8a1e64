"""Whether two runs are the same: what they were given, and how they were configured."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tfpaintsep.errors import InputError
from tfpaintsep.training.workers import Workers

if TYPE_CHECKING:
    from tfpaintsep.runs.folder import RunFolder

_COMMANDS = {"separation": "train-sep", "super-resolution": "train-sr"}
"""By method what trains it."""

_UNKNOWN = "no such setting"

_CONTENT, _READING = ("sha256", "group"), ("polarity", "names")
"""Facts about an input that must not change: what it is, and how the user says to read it."""


def check_same_everywhere(provenance: dict[str, Any], workers: Workers) -> None:
    """Refuse workers that were given something else than the chief.

    Raises:
        InputError: If this worker was, or another one.
    """
    own = _fingerprints(provenance)
    kind = _number(list(own))
    # First whether it is the same method, or the workers would compare different numbers of things.
    stranger = workers.chiefs(kind) != kind
    workers.agree(lambda: _refuse(["the command"] if stranger else []))
    other = [name for name, number in own.items() if workers.chiefs(number) != number]
    workers.agree(lambda: _refuse(other))


def _fingerprints(provenance: dict[str, Any]) -> dict[str, int]:
    """For each input and section of the configuration a number of 48 bits that stands for it.

    The names are the same for all runs of a method.
    """
    contents: dict[str, Any] = {}
    for role in ("xray", "xrf", "rgb", "init"):
        facts = provenance["inputs"].get(role, {})
        contents[f"--{role}"] = [facts.get(name) for name in (*_CONTENT, *_READING)]
    for section, settings in provenance["configuration"].items():
        contents[f"the settings {section}"] = settings
    return {name: _number(content) for name, content in contents.items()}


def _number(content: Any) -> int:
    text = json.dumps(content, sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def _refuse(other: list[str]) -> None:
    if other:
        raise InputError(
            " and ".join(other),
            expected="what the chief was given",
            found="something else",
            advice="Start all workers with the same files and options.",
        )


def check_same_run(folder: "RunFolder", provenance: dict[str, Any]) -> None:
    """Refuse to go on with other images or another configuration.

    Args:
        folder: Holds the run that is to go on.
        provenance: The record of this run.

    Raises:
        InputError: If they differ.
    """
    from tfpaintsep.runs.provenance import method_of

    before = folder.read_provenance()
    sections = before["configuration"].values()
    is_run = all(isinstance(section, dict) for section in sections)
    methods = [method_of(record) for record in (before, provenance)]
    if not is_run or (methods[0] in _COMMANDS and methods[0] != methods[1]):
        other = (
            f"a run of {_COMMANDS[str(methods[0])]}" if is_run else "a result of another command"
        )
        raise InputError(
            folder.path,
            expected=f"a run of {_COMMANDS[str(methods[1])]} to go on with",
            found=other,
            advice="Choose another --out.",
        )
    for role in sorted({*before["inputs"], *provenance["inputs"]}):
        old, new = (p["inputs"].get(role, {}) for p in (before, provenance))
        if any(old.get(fact) != new.get(fact) for fact in _CONTENT):
            raise InputError(
                f"--{role}",
                expected="what the run in --out was started with",
                found="another one" if old and new else "one missing or added",
                advice="Resume with the same inputs, or choose a new --out.",
            )
        for fact in _READING:
            if old.get(fact) != new.get(fact):
                raise InputError(
                    f"--{fact}",
                    expected=_words(old.get(fact)),
                    found=_words(new.get(fact)),
                    advice=f"Resume with the same {fact}, or choose a new --out.",
                )
    old, new = (_settings(record) for record in (before, provenance))
    for name in [*old, *(set(new) - set(old))]:
        if old.get(name, _UNKNOWN) != new.get(name, _UNKNOWN):
            raise InputError(
                name,
                expected=f"{old.get(name, _UNKNOWN)}, as the run in --out was started with",
                found=str(new.get(name, _UNKNOWN)),
                advice="Resume with the same configuration and the same version of tfpaintsep, or "
                "choose a new --out.",
            )


def _settings(provenance: dict[str, Any]) -> dict[str, Any]:
    sections = provenance["configuration"].items()
    return {f"{section}.{name}": value for section, own in sections for name, value in own.items()}


def _words(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
