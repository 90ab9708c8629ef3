"""How far a graph's scores are apart between kernels: LiteRT's own and its delegate's round differently."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from training.backend.litert import batch_of, grouped
from training.backend.quiet import quiet

KERNELS = (
    (OpResolverType.BUILTIN, 1),
    (OpResolverType.BUILTIN, 2),
    (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, 1),
)
"""XNNPACK as in the service, with one thread and with two; LiteRT's own kernels, as on devices without XNNPACK."""


def kernel_spread(flatbuffer: bytes, images: NDArray[np.uint8]) -> float:
    """The largest relative difference of a score between kernels, over images uint8 [n, height, width, channels]."""
    scores = np.array([_scores(flatbuffer, images, resolver, threads) for resolver, threads in KERNELS])
    return float(np.max(np.abs(scores - scores[0]) / np.abs(scores[0])))


def _scores(flatbuffer: bytes, images: NDArray[np.uint8], resolver: OpResolverType, threads: int) -> list[float]:
    with quiet():  # it writes to stderr which delegate it uses
        graph = Interpreter(model_content=flatbuffer, experimental_op_resolver_type=resolver, num_threads=threads)
        run = graph.get_signature_runner()
        return [float(run(images=group)["score"][0]) for group in grouped(images, batch_of(run))]
