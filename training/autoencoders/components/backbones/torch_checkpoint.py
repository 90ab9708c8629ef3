"""Reading a torch checkpoint's tensors with numpy alone."""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PREAMBLE = 3
"""Pickles before the tensors' own: magic number, protocol, machine."""


def read_tensors(path: Path) -> dict[str, Array]:
    """The named tensors of a checkpoint in torch's legacy (not zip) form; imports no torch, runs no code of the file.

    The file is five pickles (magic number, protocol, machine, the tensors' shapes with references to storages, the
    storages' order), then each storage as an int64 count and its raw numbers: torch/serialization.py, `_legacy_load`.

    Raises:
        pickle.UnpicklingError: if the file asks for anything but tensors of float32 or int64 within its storages.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size)
    except (OSError, pickle.UnpicklingError):
        raise
    except Exception as error:  # what a broken pickle raises is anything
        raise pickle.UnpicklingError(
            f"expected a checkpoint of tensors, found {type(error).__name__}: {error}"
        ) from error


def _read(file: BinaryIO, size: int) -> dict[str, Array]:
    for _ in range(PREAMBLE):
        _Tensors(file).load()
    tensors: dict[str, _Tensor] = _Tensors(file).load()
    order: list[str] = _Tensors(file).load()
    kinds = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
    storages = {key: _read_storage(file, kinds[key], size) for key in order}
    return {name: tensor.of(storages) for name, tensor in tensors.items()}


def _read_storage(file: BinaryIO, dtype: np.dtype[Any], file_size: int) -> Array:
    count = int.from_bytes(file.read(8), "little")
    if count * dtype.itemsize > file_size:
        raise pickle.UnpicklingError(f"expected a storage within the file of {file_size} bytes, found {count} numbers")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    """In elements; those of a tensor that was transposed before it was saved are not descending."""

    def of(self, storages: dict[str, Array]) -> Array:
        layout = (self.offset, *self.shape, *self.strides)
        if not all(isinstance(each, int) and each >= 0 for each in layout):
            msg = (
                f"expected an offset, shape and strides of 0 or more, found {self.offset}, {self.shape}, {self.strides}"
            )
            raise pickle.UnpicklingError(msg)
        flat = storages[self.storage.key][self.offset :]
        last = sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        needed = max(last + 1, prod(self.shape))
        if needed > flat.size:
            msg = f"expected a storage of {needed} numbers for a tensor of shape {self.shape}, found {flat.size}"
            raise pickle.UnpicklingError(msg)
        strides = [stride * flat.itemsize for stride in self.strides]
        return np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat, self.shape, strides, writeable=False))


def _rebuild(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


class _Tensors(pickle.Unpickler):
    """Knows the four names that a checkpoint of tensors needs, and refuses all others."""

    KNOWN: ClassVar[dict[tuple[str, str], Callable[..., object] | np.dtype[Any]]] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self.KNOWN[module, name]
        except KeyError:
            msg = f"expected a checkpoint of tensors only, found {module}.{name} in it"
            raise pickle.UnpicklingError(msg) from None

    def persistent_load(self, reference: Any) -> _Storage:
        _, dtype, key, *_ = reference
        return _Storage(key, dtype)
