"""Times anomalib's graphs on OpenVINO; run by a Python that has `anomalib[openvino]`, which is not ours.

Reads lines `<name> <seconds>` and answers each with the images a second; the first line that it writes is `ready`.
256 x 256 pixels, batches of one image. Weights are random: time does not depend on them.
"""

import os
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache

warnings.filterwarnings("ignore")

import openvino  # noqa: E402 - after the filter: it and what follows warn as they are loaded
import torch  # noqa: E402
from anomalib.models.image.efficient_ad.lightning_model import EfficientAdModelSize  # noqa: E402
from anomalib.models.image.efficient_ad.torch_model import EfficientAdModel  # noqa: E402
from anomalib.models.image.padim.torch_model import PadimModel  # noqa: E402
from anomalib.models.image.patchcore.torch_model import PatchcoreModel  # noqa: E402

SIDE = 256
NORMAL_IMAGES, SHARE_KEPT = 209, 0.1
"""Of PatchCore's memory: as of MVTec AD bottle, with the share that its authors keep."""


def padim() -> torch.nn.Module:
    """PaDiM on ResNet-18: a gaussian of 100 features at each of 64 x 64 places."""
    model = PadimModel(backbone="resnet18", layers=["layer1", "layer2", "layer3"], pre_trained=False)
    places, features = (SIDE // 4) ** 2, 100
    model.gaussian.mean = torch.rand(features, places)
    model.gaussian.inv_covariance = torch.eye(features)[None].repeat(places, 1, 1)
    return model


def patchcore() -> torch.nn.Module:
    """PatchCore on ResNet-18: the nearest of its memory's vectors, for each of 32 x 32 places."""
    model = PatchcoreModel(backbone="resnet18", layers=["layer2", "layer3"], pre_trained=False, num_neighbors=9)
    model.memory_bank = torch.rand(int(NORMAL_IMAGES * (SIDE // 8) ** 2 * SHARE_KEPT), 384)
    return model


def efficient_ad() -> torch.nn.Module:
    """EfficientAD-S: a teacher, a student and an autoencoder."""
    return EfficientAdModel(384, model_size=EfficientAdModelSize.S)


MODELS: dict[str, Callable[[], torch.nn.Module]] = {
    "PaDiM-R18": padim,
    "PatchCore-R18": patchcore,
    "EfficientAD-S": efficient_ad,
}


class _Outputs(torch.nn.Module):  # type: ignore[misc] # torch is in the other environment
    """A model that gives tensors, as OpenVINO's converter wants them."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = self.model(images)
        return tuple(each for each in (found.anomaly_map, found.pred_score) if each is not None)


@cache
def queues(name: str) -> list[openvino.AsyncInferQueue]:
    """That model, ready to run on all cores that this process may use: for latency, and for throughput."""
    image = torch.rand(1, 3, SIDE, SIDE)
    with torch.inference_mode():
        graph = openvino.convert_model(_Outputs(MODELS[name]()).eval(), example_input=image, input=list(image.shape))
    threads = {"INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0))}
    hints = [{"PERFORMANCE_HINT": hint, **threads} for hint in ("LATENCY", "THROUGHPUT")]
    return [openvino.AsyncInferQueue(openvino.compile_model(graph, "CPU", hint)) for hint in hints]


def images_per_second(name: str, seconds: float) -> float:
    """The better rate of the two ways to run it, each for half of the time."""
    return max(_rate(queue, seconds / 2) for queue in queues(name))


def _rate(queue: openvino.AsyncInferQueue, seconds: float) -> float:
    pixels = torch.rand(1, 3, SIDE, SIDE).numpy()
    count, began = 0, time.perf_counter()
    while not count or time.perf_counter() < began + seconds:
        queue.start_async([pixels])  # waits for one that is idle
        count += 1
    queue.wait_all()
    return count / (time.perf_counter() - began)


def main() -> None:
    """Answer lines until there are no more."""
    print("ready", flush=True)
    for line in sys.stdin:
        name, seconds = line.split()
        print(images_per_second(name, float(seconds)), flush=True)


if __name__ == "__main__":
    main()
