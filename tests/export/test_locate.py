"""Versions below a model folder: found, added, never rewritten."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.export import locate
from tfpaintsep.export.locate import (
    METADATA,
    add_version,
    copy_saved_model,
    find_version,
    read_metadata,
    versions,
)


def make_version(folder: Path, content: str = "model") -> Path:
    """What counts as a SavedModel on disk."""
    (folder / METADATA).parent.mkdir(parents=True)
    (folder / "saved_model.pb").write_text(content)
    (folder / METADATA).write_text(json.dumps({"kind": "separation", "content": content}))
    return folder


def test_finds_the_newest_version_from_every_folder_that_may_be_meant(tmp_path: Path) -> None:
    run = tmp_path / "run"
    for number in (2, 9, 10):
        make_version(run / "saved_model" / str(number))
    newest = run / "saved_model" / "10"
    (run / "saved_model" / ".incomplete-x").mkdir()
    (run / "saved_model" / "notes").mkdir()
    assert find_version(run) == newest
    assert find_version(run / "saved_model") == newest
    assert find_version(newest) == newest
    assert find_version(run / "saved_model" / "2") == run / "saved_model" / "2"
    assert versions(run / "saved_model") == [2, 9, 10]


@pytest.mark.parametrize("name", ["missing", "empty", "file", "incomplete"])
def test_nonsense_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("no model")
    (tmp_path / "incomplete" / "1").mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        find_version(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert versions(tmp_path / name) in ([], [1])


def test_numbers_increase_and_nothing_is_rewritten(tmp_path: Path) -> None:
    source, models = make_version(tmp_path / "source", "first"), tmp_path / "saved_models" / "eve"
    assert copy_saved_model(source, models) == models / "1"
    (source / "saved_model.pb").write_text("second")
    assert copy_saved_model(source, models) == models / "2"
    assert (models / "1" / "saved_model.pb").read_text() == "first"
    assert (models / "2" / "saved_model.pb").read_text() == "second"
    make_version(models / "40")
    assert copy_saved_model(source, models) == models / "41"
    assert sorted(path.name for path in models.iterdir()) == ["1", "2", "40", "41"]
    assert read_metadata(models / "41")["kind"] == "separation"


def test_exports_at_the_same_time_each_get_a_version(tmp_path: Path) -> None:
    together = Barrier(8)

    def export(index: int) -> Path:
        def fill(target: Path) -> None:
            (target / "saved_model.pb").write_text(str(index))
            together.wait(timeout=60)

        return add_version(tmp_path, fill)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(export, range(24)))
    assert sorted(made, key=lambda path: int(path.name)) == [
        tmp_path / str(number) for number in range(1, 25)
    ]
    assert [(path / "saved_model.pb").read_text() for path in made] == [str(i) for i in range(24)]
    assert len(list(tmp_path.iterdir())) == 24


def test_a_number_taken_meanwhile_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale: list[list[int]] = [[], [1]]  # what is seen before the other process writes, and after

    def seen(folder: Path) -> list[int]:
        if len(stale) == 2:
            make_version(folder / "1", "theirs")
        return stale.pop(0)

    monkeypatch.setattr(locate, "versions", seen)
    ours = add_version(tmp_path, lambda target: (target / "saved_model.pb").write_text("ours"))
    assert ours == tmp_path / "2"
    assert (tmp_path / "1" / "saved_model.pb").read_text() == "theirs"
    assert (ours / "saved_model.pb").read_text() == "ours"


def test_a_version_that_cannot_be_renamed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").write_text("a file that is not looked for")
    monkeypatch.setattr(locate, "versions", lambda folder: [])
    with pytest.raises(NotADirectoryError):
        add_version(tmp_path, lambda target: None)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_only_plain_numbers_are_versions(tmp_path: Path) -> None:
    for name in ("3", "-1", "1.5", "²", "٣", "v2"):
        (tmp_path / name).mkdir()
    assert versions(tmp_path) == [3]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_version_that_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    make_version(tmp_path / "1")

    def fail(target: Path) -> None:
        (target / "saved_model.pb").write_text("half")
        raise error

    with pytest.raises(error):
        add_version(tmp_path, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_a_server_never_sees_half_a_version(tmp_path: Path) -> None:
    seen = []

    def fill(target: Path) -> None:
        (target / "saved_model.pb").write_text("half")
        seen.append((versions(tmp_path), target.name.startswith(".")))

    assert add_version(tmp_path, fill) == tmp_path / "1"
    assert seen == [([], True)]
    assert (tmp_path / "1").stat().st_mode & 0o755 == 0o755  # a server is another user


def test_a_model_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    source = make_version(tmp_path / "source")
    (tmp_path / "file").write_text("mine")
    for target in (tmp_path / "file", tmp_path / "file" / "model"):
        with pytest.raises(InputError, match="a file"):
            copy_saved_model(source, target)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("content", [None, "{half", "[1, 2]"])
def test_a_model_without_our_description_is_refused(tmp_path: Path, content: str | None) -> None:
    make_version(tmp_path / "1")
    (tmp_path / "1" / METADATA).unlink()
    if content is not None:
        (tmp_path / "1" / METADATA).write_text(content)
    with pytest.raises(InputError, match=r"model\.json"):
        read_metadata(tmp_path / "1")


def test_a_model_is_not_exported_among_others_or_into_one(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "saved_model.pb").write_bytes(b"graph")
    models = tmp_path / "models"
    version = copy_saved_model(source, models / "portrait")
    for wrong in (models, version, version / "deeper"):
        before = sorted(models.rglob("*"))
        with pytest.raises(InputError, match="one model's folder"):
            copy_saved_model(source, wrong)
        assert sorted(models.rglob("*")) == before
    assert copy_saved_model(source, models / "portrait").name == "2"


def test_an_unfinished_run_says_how_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(InputError, match=r"not finished.*--resume"):
        find_version(tmp_path)
