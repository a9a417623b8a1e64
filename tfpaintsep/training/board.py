"""What TensorBoard says about a run in words: captions, units, and which curves go together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCORES = "against truth"
"""Group of the scores' tags: first in the alphabet, which is how TensorBoard orders them."""

COMPUTED = "**Computed hypothesis**, not a find."


@dataclass(frozen=True)
class Board:
    """A method's words for its curves.

    Attributes:
        captions: By name, or by the beginning of a name, as the loop reports it: what is
            plotted, its unit and what is better, in Markdown.
        units: By the beginning of a name its unit, where it has one.
        charts: By heading and title, the beginnings of the names that share a chart on the board
            Custom Scalars, in the order they are shown in.
    """

    captions: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    charts: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    def tag(self, name: str) -> str:
        """The tag of a scalar: grouped by what stands before the slash, its unit behind it."""
        unit = self.units.get(_longest(name, self.units), "")
        return (name if "/" in name else f"training/{name}") + (f" [{unit}]" if unit else "")

    def caption(self, name: str) -> str:
        """The caption of a scalar; empty where there is none."""
        return self.captions.get(_longest(name, self.captions), "")

    def pattern(self, name: str) -> str:
        """A regular expression for the tags that begin with this name."""
        return re.escape(name if "/" in name else f"training/{name}") + ".*"


def identity(provenance: Mapping[str, Any], method: str) -> dict[str, str]:
    """What a run is of, for the HPARAMS board: without it, runs of different paintings look alike.

    Args:
        provenance: The record of the run; may be empty.
        method: "separation" or "super-resolution".

    Returns:
        "method", and "painting": name and first digits of the checksum of what is computed upon.
    """
    inputs = provenance.get("inputs", {})
    known = [inputs[role] for role in ("xray", "xrf") if role in inputs]
    names = [f"{Path(facts['file']).name} {facts['sha256'][:8]}" for facts in known]
    return {"method": method} | ({"painting": names[0]} if names else {})


def about(provenance: Mapping[str, Any], method: str) -> str:
    """What made a run, in Markdown, for the board Text."""
    facts = {"Method": method}
    facts |= {
        f"--{role}": f"{_code(Path(one['file']).name)} (SHA-256 {one['sha256'][:16]}…)"
        for role, one in provenance.get("inputs", {}).items()
    }
    facts |= {
        title: _code(str(provenance[key]))
        for key, title in (("started", "Begun"), ("software", "Software"), ("command", "Command"))
        if key in provenance
    }
    lines = [f"{COMPUTED} The whole record is in `provenance.json` in the run's folder.", ""]
    return "\n".join([*lines, *(f"- **{title}**: {fact}" for title, fact in facts.items())])


def _code(text: str) -> str:
    return "`" + " ".join(text.replace("`", "'").split()) + "`"


def _longest(name: str, known: Mapping[str, str]) -> str:
    """The longest of the known beginnings; one that ends within a word is a name of its own."""
    fitting = [key for key in known if name == key or (key[-1] in "/_" and name.startswith(key))]
    return max(fitting, key=len, default="")
