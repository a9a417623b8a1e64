"""What a benchmark ran on, in words, and the memory of this process."""

import hashlib
import os
import platform
import re
import resource
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path

import tfpaintsep


def machine() -> str:
    """Processor and number of cores that this process may use."""
    name = platform.processor() or platform.machine()
    try:
        listed = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:  # not Linux
        listed = None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{listed.group(1).strip() if listed else name}, {cores} cores"


def peak_memory_mb() -> float:
    """The largest resident memory this process ever had, MB of 10^6 bytes."""
    try:
        # Not what `getrusage` says: that counts the parent's memory before the program began.
        status = Path("/proc/self/status").read_text()
        if found := re.search(r"VmHWM:\s*(\d+) kB", status):
            return int(found.group(1)) * 1024 / 1e6
    except OSError:  # not Linux
        pass
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest * (1 if sys.platform == "darwin" else 1024) / 1e6


@cache
def program() -> str:
    """Checksum of this program's code and presets: results are comparable where it is the same."""
    digest = hashlib.sha256()
    package = Path(tfpaintsep.__file__).parent
    presets = Path(str(files("tfpaintsep.configs")))
    for path in sorted([*package.rglob("*.py"), *presets.rglob("*.yaml")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
