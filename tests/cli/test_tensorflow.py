"""TensorFlow is loaded without what only takes time."""

import gc
import importlib
import sys
from pathlib import Path

import pytest

from tfpaintsep.cli.tensorflow import uncollected, without


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "a_package_for_wrappers.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_package_for_wrappers", raising=False)
    return "a_package_for_wrappers"


def test_a_package_cannot_be_imported_within_and_can_afterwards(package: str) -> None:
    with without(package), pytest.raises(ImportError):
        importlib.import_module(package)
    importlib.import_module(package)


def test_it_can_be_imported_after_a_failure(package: str) -> None:
    with pytest.raises(ZeroDivisionError), without(package):
        raise ZeroDivisionError
    importlib.import_module(package)


def test_a_package_that_is_there_already_stays(package: str) -> None:
    before = importlib.import_module(package)
    with without(package):
        assert importlib.import_module(package) is before
    assert sys.modules[package] is before


def test_no_garbage_is_collected_within_and_it_is_afterwards() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
        kept: list[object] = [[]]
    assert gc.isenabled()
    assert not any(known is kept for known in gc.get_objects())
    gc.unfreeze()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
