"""The history of a run: a CSV file that a resumed run continues without a seam."""

import csv
from pathlib import Path

from tfpaintsep.files import write_text


class HistoryFile:
    """Appends one row after every call of the loop.

    Args:
        path: The CSV file.
        resume_step: Rows after this step, written by a run that was killed, are dropped.
    """

    def __init__(self, path: Path, resume_step: int = 0) -> None:
        self._path = path
        kept = [row for row in read_history(path) if row["step"] <= resume_step]
        text = ""
        if kept:
            names = list(kept[0])
            rows = [[_number(row[name]) for name in names] for row in kept]
            text = "\n".join([",".join(names), *(",".join(row) for row in rows)]) + "\n"
        # In one step: a run killed here must not lose its earlier rows.
        write_text(path, text)

    def advanced(self, step: int, values: dict[str, float]) -> None:
        """Append a row."""
        row = {"step": float(step), **values}
        new = self._path.stat().st_size == 0
        with self._path.open("a", newline="") as file:
            if new:
                file.write(",".join(row) + "\n")
            file.write(",".join(_number(value) for value in row.values()) + "\n")


def read_history(path: Path) -> list[dict[str, float]]:
    """Read the complete rows; a row cut short by a kill is left out."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        lines = [line for line in file if line.endswith("\n")]
    rows = []
    for row in csv.DictReader(lines):
        if None not in row.values() and None not in row:
            rows.append({name: float(value) for name, value in row.items()})
    return rows


def _number(value: float) -> str:
    whole = float(value).is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else repr(float(value))
