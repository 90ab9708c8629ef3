"""A process that judges inputs one after the other; if it dies or hangs, only that input is to blame."""

import os
import resource
import sys
import time
import warnings
from collections.abc import Iterable
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from deploy.fuzz.dice import Dice
from deploy.fuzz.families import Plan
from deploy.fuzz.hostile import Family, Hostile
from deploy.fuzz.tally import Result

ADDRESS_SPACE = 6 << 30
"""Bytes that a worker may map: a bomb ends in an error of this process, not of the machine."""
EVERY = 200
"""Inputs between two looks at the memory."""


def run(numbers: Iterable[int], seed: int, plan: Plan, pipe: Connection, saved: Path) -> None:
    """Judge these inputs and send each Result, now and then the resident bytes, and at the end None."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, resource.getrlimit(resource.RLIMIT_AS)[1]))
    silence(saved)
    input_of(0, seed, plan)  # the real files are made once
    pipe.send(_resident())
    for count, number in enumerate(numbers):
        result, hostile = attempt(number, seed, plan)
        if result.fault:
            save(saved, seed, result, hostile.data)
        pipe.send(result)
        if count % EVERY == EVERY - 1:
            pipe.send(_resident())
    pipe.send(None)


def input_of(number: int, seed: int, plan: Plan) -> Hostile:
    """One input of a run."""
    return _made(plan.families[plan.name_of(number)]).make(Dice(seed, number))


def attempt(number: int, seed: int, plan: Plan, data: bytes | None = None) -> tuple[Result, Hostile]:
    """Make one input, or take its `data` as saved, and judge it."""
    name = plan.name_of(number)
    family = _made(plan.families[name])
    hostile = input_of(number, seed, plan)
    if data is not None:
        hostile = Hostile(hostile.group, data, hostile.truth)
    begun = time.perf_counter()
    try:
        outcome = family.judge(hostile)
    except Exception as error:  # noqa: BLE001 - any exception that comes through is a finding
        fault = f"{type(error).__name__}: {error}"[:300]
        return Result(number, name, hostile.group, "crash", fault=fault, crashed=True), hostile
    ms = outcome.ms or 1000 * (time.perf_counter() - begun)
    return Result(number, name, hostile.group, outcome.reason, ms, outcome.fault, outcome.remark), hostile


def save(folder: Path, seed: int, result: Result, data: bytes) -> Path:
    """Write an input so that it can be replayed: its name has the seed, the number and the family."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{seed}-{result.number}-{result.family}.bin"
    file.write_bytes(data)
    return file


def silence(folder: Path) -> None:
    """What native libraries and logs say of damaged images goes to a file."""
    folder.mkdir(parents=True, exist_ok=True)
    log = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.close(log)
    warnings.simplefilter("ignore")


def _resident() -> int:
    """Bytes of this process and its children."""
    here = psutil.Process()
    return sum(each.memory_info().rss for each in (here, *here.children(recursive=True)))


@cache
def _made(kind: type[Family]) -> Family:
    return kind()
