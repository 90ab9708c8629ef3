"""A recorder of call walks: the files that an item of data passes through in a job, in order.

Only calls that are handed the item count, each pair of caller and called function once, the first time it happens.
A *stay* is a run of calls into one file, a *return* a stay in a file already left, a *climb* a call into a file that
itself imports the caller's, unless it implements a method that a class below declares.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import grimp
import numpy as np

from deploy.devtools.paths import REPOSITORY

PACKAGES = ("service", "training")
FOLDERS = tuple(f"{REPOSITORY / package}/" for package in PACKAGES)

IMAGES = frozenset(
    {
        "EagerTensor",
        "ImageFile",
        "ImagePrediction",
        "JudgedImage",
        "JudgedSet",
        "NormalSet",
        "Prediction",
        "PreprocessedImages",
        "ReportContent",
        "ScoredImage",
        "ScoredSet",
        "ShownImage",
        "Split",
        "SymbolicTensor",
        "TestImage",
    }
)
"""Classes that stand for an image, or for a set of them, on its way through a fit."""

REVIEWS = frozenset(
    {
        "Collected",
        "CollectedFolder",
        "FoundImages",
        "InspectedPart",
        "LineRecord",
        "LineSample",
        "Origin",
        "OriginSplit",
        "Retrained",
        "Review",
        "Sample",
        "Source",
        "TrainingImage",
        "VerdictMessage",
        "VerdictReservoir",
    }
)
"""Classes that stand for a part, or for a set of them, on its way through a retrain."""

SUFFIXES = (".png", ".jpg", ".bmp", ".tiff")


@dataclass
class Walk:
    """The calls of a walk in order, as (caller's file, called file), and those of declared methods among them."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    declared: set[tuple[str, str]] = field(default_factory=set)

    @property
    def stays(self) -> list[str]:
        """The files in order of their visits."""
        called = [file for _, file in self.calls]
        return [file for file, before in zip(called, [None, *called], strict=False) if file != before]

    @property
    def visits(self) -> Counter[str]:
        """How often each file was visited."""
        return Counter(self.stays)

    @property
    def returns(self) -> int:
        """Visits to files already left."""
        return len(self.stays) - len(self.visits)

    def climbs(self) -> list[tuple[str, str]]:
        """The calls into a file that imports the caller's, directly or not."""
        graph = grimp.build_graph(*PACKAGES)

        def imports(importer: str, imported: str) -> bool:
            return graph.chain_exists(importer=_module(importer), imported=_module(imported))

        calls = [call for call in self.calls if call not in self.declared]
        return [(by, called) for by, called in calls if imports(called, by) and not imports(by, called)]


def is_image(value: Any) -> bool:
    """Whether a value is an image in any form, or holds one: a file, pixels, a tensor, a score."""
    if isinstance(value, np.ndarray):
        return value.ndim > 1
    if isinstance(value, Path):
        return value.suffix in SUFFIXES
    return type(value).__name__ in IMAGES or any(map(is_image, _first_items(value)))


def is_review(value: Any) -> bool:
    """Whether a value is a part's verdict, review or image in any form, or holds one."""
    known = isinstance(value, bytes) or is_image(value) or type(value).__name__ in REVIEWS
    return known or any(map(is_review, _first_items(value)))


def _first_items(value: Any) -> list[Any]:
    """The first item of a collection, or key and value of a mapping's; nothing for what is no collection."""
    if isinstance(value, Mapping):
        return [each for pair in list(value.items())[:1] for each in pair]
    return list(value)[:1] if isinstance(value, (list, tuple, set, frozenset)) else []


@contextmanager
def recording(carries: Callable[[Any], bool], beneath: frozenset[str] = frozenset()) -> Iterator[Walk]:
    """Record this thread's calls between files of `service` and `training` that are handed the item.

    `carries` says of an argument whether it is the item. `beneath` names functions (`file:function`) whose own calls
    are not followed: a job within the job.
    """
    recorder = _Recorder(carries, beneath)
    sys.setprofile(recorder)
    try:
        yield recorder.walk
    finally:
        sys.setprofile(None)


Place = tuple[str, str]
"""A file, from the root of the repository, and the name of a function in it."""


@dataclass
class _Recorder:
    """A profile function, as `sys.setprofile` takes it."""

    carries: Callable[[Any], bool]
    beneath: frozenset[str]
    walk: Walk = field(default_factory=Walk)
    seen: set[tuple[Place, Place]] = field(default_factory=set)

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        called = _place(frame.f_code) if event == "call" else None
        if called is None or called[1] == "<module>" or (by := self._caller(frame)) is None:
            return
        if by[0] != called[0] and (by, called) not in self.seen and self._is_handed_the_item(frame):
            self.seen.add((by, called))
            self.walk.calls.append((by[0], called[0]))
            if _is_declared_below(frame):
                self.walk.declared.add((by[0], called[0]))

    def _caller(self, frame: FrameType) -> Place | None:
        """The nearest caller of ours; None outside of all, and within what is not followed."""
        found, above = None, frame.f_back
        while above is not None:
            at = _place(above.f_code)
            if at is not None and ":".join(at) in self.beneath:
                return None
            found, above = found or at, above.f_back
        return found

    def _is_handed_the_item(self, frame: FrameType) -> bool:
        code, values = frame.f_code, frame.f_locals
        return any(
            self.carries(values.get(name)) for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        )


def _place(code: CodeType) -> Place | None:
    if not code.co_filename.startswith(FOLDERS) or not code.co_filename.endswith(".py"):
        return None
    return code.co_filename.removeprefix(f"{REPOSITORY}/"), code.co_qualname.partition(".<locals>")[0]


def _is_declared_below(frame: FrameType) -> bool:
    """Whether the method that runs overrides one of a base class."""
    bases = type(frame.f_locals.get("self")).__mro__[1:]
    return any(frame.f_code.co_name in vars(base) for base in bases if base is not object)


def _module(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
