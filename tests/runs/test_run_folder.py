"""The run folder: begun and ended in one step each, and nothing earlier is lost."""

import json
from pathlib import Path

import pytest
import yaml

import tfpaintsep.runs.folder
from tfpaintsep.errors import InputError
from tfpaintsep.runs.folder import RunFolder, check_free, claim_folder, new_result


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_run_is_begun_and_ended(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "eve")
    assert not folder.exists
    assert not folder.finished
    folder.begin({"loss": {"eta1": 0.5}}, {"seed": 3})
    assert folder.exists
    assert not folder.finished
    assert yaml.safe_load(folder.config.read_text()) == {"loss": {"eta1": 0.5}}
    folder.end(finished="today", residual_rms=0.01)
    assert folder.finished
    assert folder.read_provenance() == {"seed": 3, "finished": "today", "residual_rms": 0.01}
    assert names(folder.path) == ["config.yaml", "provenance.json"]
    assert names(folder.path.parent) == ["eve"]
    assert folder.picture("surface") == folder.path / "surface.tif"


def test_a_run_may_begin_in_an_empty_folder(tmp_path: Path) -> None:
    RunFolder(tmp_path).begin({}, {"seed": 1})
    assert RunFolder(tmp_path).exists


def test_a_run_killed_while_it_begins_can_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path / "run")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("tfpaintsep.runs.folder.write_json", "pathlib.Path.rename"):
        with monkeypatch.context() as patch:
            patch.setattr(step, killed)
            with pytest.raises(KeyboardInterrupt):
                folder.begin({}, {"seed": 1})
        check_free(folder.path, overwrite=False)
    folder.begin({}, {"seed": 1})
    assert folder.exists


@pytest.mark.parametrize("content", [None, "{half", "[]"])
def test_a_folder_without_a_readable_record_is_no_run(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "provenance.json").write_text(content)
    with pytest.raises(InputError, match="provenance") as caught:
        RunFolder(tmp_path).read_provenance()
    assert str(tmp_path) in str(caught.value)


def test_new_and_empty_folders_are_free(tmp_path: Path) -> None:
    for path in (tmp_path / "new" / "deep", tmp_path):
        check_free(path, overwrite=False)
        check_free(path, overwrite=True)


def test_foreign_files_are_never_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "thesis.txt"
    mine.write_text("mine")
    for overwrite, message in ((False, "one with files in it"), (True, "nothing was touched")):
        with pytest.raises(InputError, match=message):
            claim_folder(tmp_path, overwrite=overwrite)
    for path in (mine, mine / "run"):
        with pytest.raises(InputError, match="a file"):
            claim_folder(path, overwrite=True)
    assert mine.read_text() == "mine"


def test_an_earlier_result_is_replaced_when_asked(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.begin({}, {})
    (folder.path / "surface.tif").write_text("old")
    with pytest.raises(InputError, match="--overwrite"):
        claim_folder(folder.path, overwrite=False)
    assert (folder.path / "surface.tif").exists()
    claim_folder(folder.path, overwrite=True)
    assert not folder.path.exists()


def test_replacing_is_never_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A run killed while it removes an earlier result must leave either that or nothing.
    folder = RunFolder(tmp_path / "run")
    folder.begin({}, {})
    (folder.path / "surface.tif").write_text("old")

    def killed(path: Path, *_: object, **__: object) -> None:
        (Path(path) / "provenance.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tfpaintsep.runs.folder.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            claim_folder(folder.path, overwrite=True)
    check_free(folder.path, overwrite=False)


def test_the_record_is_replaced_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    folder.begin({}, {"seed": 1})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        folder.end(finished="today")
    assert json.loads(folder.provenance.read_text()) == {"seed": 1}


def test_an_empty_working_folder_is_filled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    claim_folder(Path(), overwrite=False)
    RunFolder(Path()).begin({}, {"seed": 1})
    assert RunFolder(tmp_path).read_provenance() == {"seed": 1}


@pytest.mark.parametrize("record", ["provenance.json", "painting.json", "transform.json"])
def test_a_result_inside_another_is_not_replaced_with_it(tmp_path: Path, record: str) -> None:
    RunFolder(tmp_path / "run").begin({}, {})
    inner = tmp_path / "run" / "part" / "of"
    inner.mkdir(parents=True)
    (inner / record).write_text("{}")
    with pytest.raises(InputError, match="part/of in it"):
        claim_folder(tmp_path / "run", overwrite=True)
    inner.rename(tmp_path / "moved")
    RunFolder(tmp_path / "run" / "seeds" / "1").begin({}, {})  # is a part of the run
    claim_folder(tmp_path / "run", overwrite=True)
    assert names(tmp_path) == ["moved"]


def test_a_run_begins_anew_where_a_link_leads(tmp_path: Path) -> None:
    place, link = tmp_path / "disk" / "run", tmp_path / "link"
    RunFolder(place).begin({}, {"seed": 1})
    link.symlink_to(place)
    claim_folder(link, overwrite=True)
    RunFolder(link).begin({}, {"seed": 2})
    assert link.is_symlink()
    assert RunFolder(place).read_provenance() == {"seed": 2}
    assert names(place.parent) == ["run"]


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A finished result."""
    with new_result(tmp_path / "result", overwrite=False) as folder:
        RunFolder(folder).begin({}, {"seed": 1})
    return tmp_path / "result"


def test_a_new_result_takes_its_place_when_it_is_whole(earlier: Path) -> None:
    (earlier.parent / "link").symlink_to(earlier)
    for path in (earlier, earlier.parent / "link"):
        with new_result(path, overwrite=True) as folder:
            RunFolder(folder).begin({}, {"seed": 2})
            (folder / "picture.tif").write_text("")
            (earlier / "note.txt").write_text("still there")
        assert names(earlier) == ["config.yaml", "picture.tif", "provenance.json"]
    assert names(earlier.parent) == ["link", "result"]


def test_a_result_that_fails_leaves_the_earlier_one(earlier: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_result(earlier, overwrite=True):
        raise KeyboardInterrupt
    with pytest.raises(InputError, match="--overwrite"), new_result(earlier, overwrite=False):
        pass
    assert RunFolder(earlier).read_provenance() == {"seed": 1}
    assert names(earlier.parent) == ["result"]


def test_a_result_without_a_place_is_kept(earlier: Path) -> None:
    with (
        pytest.raises(InputError, match=r"in use.*The result is whole in"),
        RunFolder(earlier).in_use(),
        new_result(earlier, overwrite=True) as folder,
    ):
        (folder / "picture.tif").write_text("")
    assert names(folder) == ["picture.tif"]
    assert RunFolder(earlier).read_provenance() == {"seed": 1}


def test_a_new_result_fills_an_empty_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with new_result(Path(), overwrite=False) as folder:
        RunFolder(folder).begin({}, {"seed": 1})
    assert names(Path()) == ["config.yaml", "provenance.json"]


def test_the_working_folder_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "provenance.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="runs in"):
        check_free(Path(), overwrite=True)


def test_a_folder_in_use_is_refused(tmp_path):
    with (
        RunFolder(tmp_path).in_use(),
        pytest.raises(InputError, match="in use"),
        RunFolder(tmp_path).in_use(),
    ):
        pass
    with RunFolder(tmp_path).in_use():  # free again
        pass
