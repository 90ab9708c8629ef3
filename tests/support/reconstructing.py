"""A bundle like those of unet whose reconstruction is known: half as bright, and half as large."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from service.scoring.manifest import AutoencoderInfo
from tests.support.bundles import SIDE, write_bundle
from training.latents.table import RECONSTRUCTION


@lru_cache
def dimming_graph() -> bytes:
    """A LiteRT graph of `images` to `image`, half as bright."""
    import tensorflow as tf  # noqa: PLC0415 - slow, and only needed the first time

    from training.backend.litert import convert  # noqa: PLC0415 - the same

    def run(images: Any) -> dict[str, Any]:
        return {"image": tf.cast(images[:, ::2, ::2], tf.float32) / 510.0}

    return convert(run, tf.TensorSpec([1, SIDE, SIDE, 3], tf.uint8, name="images"))


def write_reconstructing_bundle(store: Path, stream: str = "default") -> Path:
    """A champion without a latent."""
    return write_bundle(
        store,
        stream,
        more={RECONSTRUCTION: dimming_graph()},
        autoencoder=AutoencoderInfo(name="unet", parameters=0),
    )
