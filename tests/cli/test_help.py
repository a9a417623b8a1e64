"""The command line explains itself, at once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfpaintsep import __version__
from tfpaintsep.cli.main import COMMANDS, cli


def test_the_overview_lists_every_command(run_process: Callable[..., Any]) -> None:
    result = run_process("--help")
    assert result.code == 0
    for name in COMMANDS:
        assert f"  {name} " in result.out
    for word in ("radiographs", "element maps", "hypotheses"):
        assert word in " ".join(result.out.split())
    assert run_process("-h").out == result.out


def test_the_version_is_the_packages(run_process: Callable[..., Any]) -> None:
    assert run_process("--version").out.split()[-1] == __version__


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_explains_itself(name: str, invoke: Callable[..., Any]) -> None:
    result = invoke(name, "--help")
    assert result.code == 0
    assert f"{name} [OPTIONS]" in result.out
    command = cli.get_command(None, name)
    assert command is not None
    assert command.help
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert parameter.opts[0] in result.out
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_help_and_wrong_arguments_load_no_tensorflow(tmp_path: Path) -> None:
    calls = [[name, "--help"] for name in COMMANDS]
    missing = str(tmp_path / "x.tif")
    calls.append(["train-sep", "--xray", missing, "--rgb", missing, "--out", str(tmp_path / "o")])
    calls.append(["separate", missing, "--xray", missing, "--rgb", missing, "--out", missing])
    calls.append(["train-sr", "--xrf", missing, "--rgb", missing, "--out", str(tmp_path / "o")])
    calls.append(["upscale", missing, "--xrf", missing, "--rgb", missing, "--out", missing])
    crop = ["--region", "0", "0", "9", "9", "--out", str(tmp_path / "o")]
    calls.append(["crop", "--xray", missing, "--rgb", missing, *crop])
    calls.append(["degrade", "--maps", missing, "--out", str(tmp_path / "o")])
    calls.append(["evaluate", missing, "--truth", missing])
    calls.append(["export", missing, "--to", missing])
    calls.append(["serving-config", missing])
    calls.append(["check", missing])
    calls.append(["report", missing])
    calls.append(["benchmark", "sep", "--data", missing, "--out", missing])
    calls.append(["benchmark", "sr", "--data", missing, "--out", missing])
    program = (
        "import sys\n"
        "from tfpaintsep.cli.main import cli, guarded\n"
        f"for call in {calls!r}:\n"
        "    guarded(lambda: cli.main(call, standalone_mode=False))\n"
        "    assert not {'tensorflow', 'keras'} & set(sys.modules), call\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == 0, result.stderr


def test_help_and_wrong_options_load_nothing_slow() -> None:
    # Half a second is the most that an answer to a slip of the pen may take.
    slow = {"tensorflow", "keras", "tifffile", "h5py", "pydantic", "skimage", "scipy", "pandas"}
    calls = [[], ["--help"], *[[name, end] for name in COMMANDS for end in ("--help", "--nope")]]
    program = (
        "import sys\n"
        "from tfpaintsep.cli.main import cli, guarded\n"
        f"for call in {calls!r}:\n"
        "    guarded(lambda: cli.main(call, standalone_mode=False))\n"
        f"    assert not {slow!r} & set(sys.modules), ({slow!r} & set(sys.modules), call)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == 0, result.stderr


def test_a_slip_in_a_commands_name_is_answered_with_the_nearest(invoke: Callable[..., Any]) -> None:
    assert "Did you mean 'train-sep'?" in invoke("trainsep").err
    assert "Did you mean" not in invoke("paint").err


@pytest.mark.parametrize(
    "words", [["paint"], ["train-sep", "--colour"], ["train-sep"], ["separate"], ["--fast"], []]
)
def test_words_that_mean_nothing_are_refused(words: list[str], invoke: Callable[..., Any]) -> None:
    result = invoke(*words)
    assert result.code == 2
    assert "Traceback" not in result.err
