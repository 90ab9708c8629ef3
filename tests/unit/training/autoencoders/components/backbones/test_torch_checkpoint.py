"""Reading a torch checkpoint without torch."""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.autoencoders.components.backbones.torch_checkpoint import read_tensors


class Named:
    """Pickles as the global `module.name`, and as a call of it."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class LegacyPickler(pickle._Pickler):
    """Writes what torch's legacy form holds, without torch."""

    def persistent_id(self, obj: Any) -> Any:
        return obj[1:] if isinstance(obj, tuple) and obj[:1] == ("persistent",) else None

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, Named):
            self.write(b"c" + f"{obj.module}\n{obj.name}\n".encode())  # type: ignore[attr-defined]
        elif isinstance(obj, Call):
            self.save(obj.function)
            self.save(obj.arguments)
            self.write(pickle.REDUCE)  # type: ignore[attr-defined]
        else:
            super().save(obj, save_persistent_id)  # type: ignore[misc]


class Call:
    """Pickles as `function(*arguments)`."""

    def __init__(self, function: Named, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments


def write(path: Path, tensors: dict[str, Any], storages: dict[str, np.ndarray[Any, Any]]) -> None:
    with path.open("wb") as file:
        for preamble in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(preamble, file, protocol=2)
        LegacyPickler(file, protocol=2).dump(tensors)
        pickle.dump(sorted(storages), file, protocol=2)
        for _, numbers in sorted(storages.items()):
            file.write(len(numbers).to_bytes(8, "little") + numbers.tobytes())


def tensor(key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Call:
    storage = ("persistent", "storage", Named("torch", "FloatStorage"), key, "cpu", 12, None)
    hooks = Call(Named("collections", "OrderedDict"))
    return Call(Named("torch._utils", "_rebuild_tensor_v2"), storage, offset, shape, strides, False, hooks)


def test_tensors_come_with_their_shape_offset_and_strides(tmp_path: Path) -> None:
    numbers = np.arange(12, dtype="<f4")
    write(
        tmp_path / "w.pth",
        {"plain": tensor("a", 2, (2, 3), (3, 1)), "turned": tensor("a", 0, (3, 4), (1, 3))},
        {"a": numbers},
    )
    found = read_tensors(tmp_path / "w.pth")
    assert found["plain"].tolist() == [[2, 3, 4], [5, 6, 7]]
    assert found["turned"].tolist() == numbers.reshape(4, 3).T.tolist()


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "w.pth", {"evil": Call(Named("os", "system"), "true")}, {})
    with pytest.raises(pickle.UnpicklingError, match=r"expected a checkpoint of tensors only, found os\.system"):
        read_tensors(tmp_path / "w.pth")


def test_a_tensor_larger_than_its_storage_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "w.pth", OrderedDict(big=tensor("a", 0, (2, 12), (12, 1))), {"a": np.arange(12, dtype="<f4")})
    with pytest.raises(pickle.UnpicklingError, match="found 12"):
        read_tensors(tmp_path / "w.pth")


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (3, 4), (-4, 1)),
        (11, (12,), (-1,)),
        (-5, (3,), (1,)),
        (0, (-1,), (1,)),
        (0, (10**9, 10**9), (0, 0)),
        (0, (10**30,), (0,)),
        (0, (3, 4), (1,)),
        (0, (2.5,), (1,)),
        (0, ("a",), (1,)),
        (10**30, (1,), (1,)),
    ],
)
def test_a_tensor_outside_of_its_storage_is_refused(
    tmp_path: Path, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    """Memory beside the storage would be read as weights, or the process would crash."""
    write(tmp_path / "w.pth", {"x": tensor("a", offset, shape, strides)}, {"a": np.arange(12, dtype="<f4")})
    with pytest.raises(pickle.UnpicklingError, match="expected "):
        read_tensors(tmp_path / "w.pth")


@pytest.mark.parametrize("content", [b"", b"\x80", b"nonsense", b"\x80\x02N." * 5, b"\xff" * 100])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(pickle.UnpicklingError):
        read_tensors(tmp_path / "w.pth")


def test_a_storage_that_claims_more_than_the_file_has_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "w.pth", {"x": tensor("a", 0, (12,), (1,))}, {"a": np.arange(12, dtype="<f4")})
    content = (tmp_path / "w.pth").read_bytes()
    (tmp_path / "w.pth").write_bytes(content[: -12 * 4 - 8] + (2**60).to_bytes(8, "little"))
    with pytest.raises(pickle.UnpicklingError, match="expected a storage within the file"):
        read_tensors(tmp_path / "w.pth")
