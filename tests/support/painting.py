"""A bundle like those of unet whose pictures are known: half as bright as the image, and painted in from its mean."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from service.scoring.manifest import AutoencoderInfo
from tests.support.bundles import SIDE, write_bundle
from training.latents.table import RECONSTRUCTION


@lru_cache
def painting_graph() -> bytes:
    """A LiteRT graph of `images` and `hidden`: `image` is half as bright; `painted` the mean of what is seen."""
    import tensorflow as tf  # noqa: PLC0415 - slow, and only needed the first time

    from training.backend.litert import convert  # noqa: PLC0415 - the same

    def run(images: Any, hidden: Any) -> dict[str, Any]:
        pixels, seen = tf.cast(images, tf.float32) / 255.0, 1.0 - tf.minimum(tf.cast(hidden, tf.float32), 1.0)
        mean = tf.reduce_sum(pixels * seen, [1, 2], True) / tf.maximum(tf.reduce_sum(seen, [1, 2], True), 1.0)
        return {"image": pixels[:, ::2, ::2] / 2.0, "painted": mean * tf.ones([1, SIDE, SIDE, 3])}

    return convert(
        run,
        tf.TensorSpec([1, SIDE, SIDE, 3], tf.uint8, name="images"),
        tf.TensorSpec([1, SIDE, SIDE, 1], tf.uint8, name="hidden"),
    )


def write_painting_bundle(store: Path, stream: str = "default") -> Path:
    """A champion whose autoencoder paints in."""
    return write_bundle(
        store,
        stream,
        more={RECONSTRUCTION: painting_graph()},
        autoencoder=AutoencoderInfo(name="unet", parameters=0),
    )
