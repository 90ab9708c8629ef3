"""Graphs that no bundle should have: they load, and then give something else than a score and a map."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from tests.support.bundles import SIDE

Outputs = dict[str, Any]


@lru_cache
def odd_graph(name: str) -> bytes:
    """The LiteRT graph of this name, one of ODD."""
    import tensorflow as tf  # noqa: PLC0415 - slow, and only needed the first time

    module = tf.Module()
    taken = tf.float32 if name == "float images" else tf.uint8
    called = "pixels" if name == "another input" else "images"
    spec = tf.TensorSpec([None, SIDE, SIDE, 3], taken, name=called)
    module.score = tf.function(lambda images: ODD[name](tf, images), input_signature=[spec])
    if called != "images":
        module.score = tf.function(lambda pixels: ODD[name](tf, pixels), input_signature=[spec])
    concrete = module.score.get_concrete_function()
    graph: bytes = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert()
    return graph


def _map(tf: Any, images: Any) -> Any:
    return tf.reduce_mean(tf.cast(images, tf.float32) / 255.0, axis=-1)


def _score(tf: Any, images: Any) -> Any:
    return tf.reduce_max(_map(tf, images), axis=(1, 2))


def _where_bright(tf: Any, images: Any, usual: Any, odd: float) -> Any:
    """`usual`, but `odd` where an image is brighter than any golden one."""
    bright = _score(tf, images) > 0.6
    return tf.where(tf.reshape(bright, [-1, *[1] * (len(usual.shape) - 1)]), odd, usual)


def _fails(tf: Any, images: Any) -> Outputs:
    index = tf.cast(_score(tf, images) > 0.6, tf.int32) * 100
    return {"score": tf.gather([1.0, 2.0], index) * 0.0 + _score(tf, images), "anomaly_map": _map(tf, images)}


def _given(**changes: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Outputs]:
    """Score and map as they should be, but for these outputs; one that gives None is left out."""

    def outputs(tf: Any, images: Any) -> Outputs:
        found = {name: make(tf, images) for name, make in {"score": _score, "anomaly_map": _map, **changes}.items()}
        return {name: made for name, made in found.items() if made is not None}

    return outputs


ODD: Mapping[str, Callable[[Any, Any], Outputs]] = MappingProxyType(
    {
        # These are good on golden images, and not on a bright part.
        "NaN score": _given(score=lambda tf, images: _where_bright(tf, images, _score(tf, images), float("nan"))),
        "infinite score": _given(score=lambda tf, images: _where_bright(tf, images, _score(tf, images), float("inf"))),
        "NaN map": _given(anomaly_map=lambda tf, images: _where_bright(tf, images, _map(tf, images), float("nan"))),
        "NaN latent": _given(code=lambda tf, images: _where_bright(tf, images, _map(tf, images)[:, 0], float("nan"))),
        "fails": _fails,
        # These are never good.
        "map of one dimension": _given(anomaly_map=lambda tf, images: _map(tf, images)[:, 0]),
        "map without a size": _given(anomaly_map=lambda tf, images: _map(tf, images)[:, SIDE:]),
        "score for each row": _given(score=lambda tf, images: tf.reduce_max(_map(tf, images), axis=1)),
        "score in float64": _given(score=lambda tf, images: tf.cast(_score(tf, images), tf.float64)),
        "map in uint8": _given(anomaly_map=lambda _, images: images[..., 0]),
        "no map": _given(anomaly_map=lambda _tf, _images: None),
        "one more output": _given(more=_score),
        "float images": _given(),
        "another input": _given(),
    }
)

BLINDED = ("NaN score", "infinite score", "NaN map", "NaN latent", "fails")
"""Those that are good until a part comes that is brighter than the golden images."""

NEVER_GOOD = tuple(name for name in ODD if name not in BLINDED)
