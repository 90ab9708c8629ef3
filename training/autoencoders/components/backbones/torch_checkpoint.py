"""Reading a torch checkpoint's tensors with numpy alone."""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
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
        pickle.UnpicklingError: if the file asks for anything but tensors of float32 or int64.
    """
    with path.open("rb") as file:
        for _ in range(PREAMBLE):
            _Tensors(file).load()
        tensors: dict[str, _Tensor] = _Tensors(file).load()
        order: list[str] = _Tensors(file).load()
        kinds = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
        storages = {key: _read_storage(file, kinds[key]) for key in order}
    return {name: tensor.of(storages) for name, tensor in tensors.items()}


def _read_storage(file: BinaryIO, dtype: np.dtype[Any]) -> Array:
    count = int.from_bytes(file.read(8), "little")
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
        flat = storages[self.storage.key][self.offset :]
        last = sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if last >= flat.size:
            msg = (
                f"expected a storage of more than {last} numbers for a tensor of shape {self.shape}, found {flat.size}"
            )
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
