"""Bring what `tfpaintsep benchmark` has written into a page of the documentation.

    python benchmarks/tables.py docs/benchmarks.md NAME=FOLDER ... [--figures CASE,CASE,...]

The page holds prose, and for each NAME a pair of lines

    <!-- tables: NAME -->
    <!-- end -->

What is between them is replaced by the tables of FOLDER (the command that made them, the machine,
the groups, the cases) and its figures, which are copied to images/benchmarks/ beside the page.
All else stays as it is.
"""

import argparse
import re
import sys
from pathlib import Path

from PIL import Image

IMAGES = Path("images") / "benchmarks"
TITLES = {
    "trade_off": "Leakage and distortion of each method",
    "sweep": "Heat map over the two settings",
}


def main() -> None:
    """Replace the blocks and write the page in one step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("suites", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--figures", metavar="CASE,...", help="Cases to show; all by default.")
    arguments = parser.parse_args()
    cases = None if arguments.figures is None else arguments.figures.split(",")
    text = arguments.page.read_text()
    for suite in arguments.suites:
        name, _, folder = suite.partition("=")
        block = re.compile(rf"(<!-- tables: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not block.search(text):
            sys.exit(f"{arguments.page}: no lines `<!-- tables: {name} -->` and `<!-- end -->`")
        content = suite_text(name, Path(folder), arguments.page.parent, cases)
        text = block.sub(lambda found, new=content: found[1] + new + found[2], text)  # type: ignore[misc]
    part = arguments.page.with_name(f".{arguments.page.name}.part")
    part.write_text(text)
    part.replace(arguments.page)


def suite_text(name: str, folder: Path, docs: Path, cases: list[str] | None) -> str:
    """The tables of a benchmark's folder, two levels of headings down, and its figures.

    Args:
        name: Of the suite, the beginning of its pictures' names.
        folder: Written by `tfpaintsep benchmark`.
        docs: The page's folder.
        cases: Whose figures to show; None for all.
    """
    texts = [
        path.read_text() for path in (folder / "table.md", folder / "sweep.md") if path.exists()
    ]
    if not texts:
        sys.exit(f"{folder}: neither table.md nor sweep.md; run `tfpaintsep benchmark` first")
    lines = re.sub(r"^#", "###", "\n".join(texts), flags=re.MULTILINE).rstrip() + "\n"
    for picture in sorted(folder.glob("*.png"), key=lambda path: path.stem not in TITLES):
        case = picture.stem.removeprefix("figure_")
        if picture.stem in TITLES or cases is None or case in cases:
            title = TITLES.get(picture.stem, f"Methods side by side on {case}")
            lines += f"\n![{title}]({copy(picture, docs, name).as_posix()})\n"
    return lines


def copy(picture: Path, docs: Path, name: str) -> Path:
    """Copy a picture in 256 colours, a third of the bytes; its path from the page."""
    place = IMAGES / f"{name}-{picture.name}"
    (docs / IMAGES).mkdir(parents=True, exist_ok=True)
    with Image.open(picture) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(docs / place, optimize=True)
    return place


if __name__ == "__main__":
    main()
