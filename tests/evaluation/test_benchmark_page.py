"""A page of the documentation gets the tables of benchmarks, and keeps its prose."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "tables.py"
PAGE = """# Benchmarks

Prose before.

<!-- tables: separation -->
an old table
<!-- end -->

Prose between.

<!-- tables: maps -->
<!-- end -->

Prose after.
"""


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    path = tmp_path / "docs" / "benchmarks.md"
    path.write_text(PAGE)
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    (path / "table.md").write_text(
        "# Separation\n\n    tfpaintsep benchmark sep\n\n## one\n\n| a |\n"
    )
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    for name in ("figure_one", "figure_two", "trade_off"):
        Image.fromarray(pixels).save(path / f"{name}.png")
    return path


def test_the_tables_replace_a_block_and_nothing_else(page: Path, tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    for _ in range(2):  # again and again
        result = run(page, f"separation={out}", "--figures", "one")
        assert result.returncode == 0, result.stderr
    before, rest = page.read_text().split("<!-- tables: separation -->\n")
    block, after = rest.split("<!-- end -->", 1)
    assert before == PAGE.partition("<!--")[0]
    assert after == PAGE.split("<!-- end -->", 1)[1]
    assert block.startswith("### Separation\n\n    tfpaintsep benchmark sep\n\n#### one\n")
    assert "an old table" not in block
    trade_off, one = "images/benchmarks/separation-trade_off.png", "separation-figure_one.png"
    assert block.index(trade_off) < block.index(one)
    assert "figure_two" not in block
    with Image.open(page.parent / trade_off) as picture:
        assert (picture.mode, picture.size) == ("P", (60, 40))
    assert not (page.parent / "images/benchmarks/separation-figure_two.png").exists()


def test_a_wrong_name_or_folder_changes_nothing(page: Path, tmp_path: Path) -> None:
    out = folder(tmp_path / "out")
    unknown = run(page, f"maps={out}", f"speed={out}")
    assert unknown.returncode == 1
    assert "<!-- tables: speed -->" in unknown.stderr
    empty = run(page, f"maps={tmp_path / 'docs'}")
    assert empty.returncode == 1
    assert "run `tfpaintsep benchmark` first" in empty.stderr
    assert page.read_text() == PAGE
