"""What was found about a file, why it matters, and what to do about it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from tfpaintsep.errors import InputError


class Severity(StrEnum):
    """How much a finding weighs, the gravest first."""

    REFUSED = "refused"
    """Nothing can be computed from it."""
    WARNING = "warning"
    """It can be used, but the result will be worse, or wrong."""
    NOTE = "note"
    """Worth knowing before the result is read."""
    GOOD = "good"
    """Looked at, and as it should be."""


@dataclass(frozen=True)
class Finding:
    """One finding in words.

    Attributes:
        severity: How much it weighs.
        key: What was looked at, the same for every file: `clipping`, `stripes`, `registration`.
        files: Whom it concerns: one file, or the two that do not go together.
        found: What was found, with its figures.
        why: Why it matters.
        advice: What to do; empty where there is nothing to do.
    """

    severity: Severity
    key: str
    files: tuple[str, ...]
    found: str
    why: str = ""
    advice: str = ""

    @classmethod
    def refusal(cls, error: InputError, *files: str, key: str = "unusable") -> "Finding":
        """What a reader or a check refuses, as a finding."""
        return cls(
            Severity.REFUSED,
            key,
            files,
            f"found {error.found}",
            f"needed is {error.expected}",
            error.advice,
        )

    def in_words(self) -> str:
        """One sentence or two for a terminal's note."""
        return f"{self.found}; {self.why}. {self.advice}".strip() if self.why else self.found

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "severity": str(self.severity), "files": list(self.files)}


def gravest_first(findings: list[Finding]) -> list[Finding]:
    """The findings in order of their severity; otherwise as they were found."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))
