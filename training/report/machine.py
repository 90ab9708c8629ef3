"""The machine that this runs on: processor, cores, operating system."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """In one line, for the report."""
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def processor(info: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name; where Linux does not have it in `info`, its architecture."""
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
