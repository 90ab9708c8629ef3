"""`python -m deploy.benchmarks.mnist`: the denoising autoencoder on MNIST, compared with the published figure.

The product's own `denoising` with its preset 784-256-128-64 (gaussian noise 0.4, cross-entropy), trained by the
product's own training on the 60 000 images for 50 epochs, without augmentation. Its
validation loss is the cross-entropy between the 10 000 test images and what it makes of them with noise.
"""

import argparse
import sys
from pathlib import Path
from time import monotonic
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from deploy.devtools.paths import BUILD
from deploy.devtools.results import write_figures
from service.scoring.input_spec import InputSpec
from training.backend.quiet import load_tensorflow
from training.data.preprocessed import PreprocessedImages
from training.errors import TrainingError
from training.progress import Progress
from training.trainer.result import History

PRESET = "784-256-128-64"
EPOCHS, BATCH = 50, 128
GOAL = 0.088


def main() -> None:
    """Train, print the table, write the figures; a missing or wrong file ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.mnist")
    parser.add_argument("mnist", type=Path, help="mnist.npz with x_train and x_test, uint8 [n, 28, 28]")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        fit, validation = read(arguments.mnist)
        measured = measure(fit, validation, arguments.epochs, arguments.seed, Progress())
    except TrainingError as error:
        sys.exit(f"bench-mnist: {error}")
    print(table(measured))
    write_figures(BUILD / "bench-mnist.json", measured)


def read(path: Path) -> tuple[PreprocessedImages, PreprocessedImages]:
    """The fit and the validation images of an mnist.npz.

    Raises:
        TrainingError: if it is not one.
    """
    try:
        with np.load(path) as arrays:
            fit, validation = (_checked(path, arrays[name]) for name in ("x_train", "x_test"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile) as error:
        raise TrainingError(f"expected {path} to be mnist.npz with x_train and x_test, found {error}") from error
    return fit, validation


def measure(
    fit: PreprocessedImages, validation: PreprocessedImages, epochs: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """Train; the losses by epoch, and the figures of the table."""
    load_tensorflow()
    import keras  # noqa: PLC0415 - takes seconds, and a wrong path should not
    import tensorflow as tf  # noqa: PLC0415 - the same

    from training.autoencoders.denoising import Denoising, DenoisingOptions  # noqa: PLC0415 - loads TensorFlow
    from training.trainer.fitting import parameters_of  # noqa: PLC0415 - the same
    from training.trainer.loop import train  # noqa: PLC0415 - the same
    from training.trainer.targets import Made, Share  # noqa: PLC0415 - the same

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    options = DenoisingOptions.model_validate(
        {
            "preset": PRESET,
            "epochs": epochs,
            "patience": epochs,
            "batch_size": BATCH,
            "steps": max(1, len(fit) // BATCH),
            "augment": False,
        }
    )
    autoencoder = Denoising(options, InputSpec(height=28, width=28, channels=1))
    network = autoencoder.build()
    started = monotonic()
    numbers = np.split(np.arange(len(fit) + len(validation)), [len(fit)])
    share = Share(np.concatenate([fit, validation]), *numbers)
    history = train(autoencoder, network, share, Made(autoencoder), seed, progress)
    return _figures(history, options.model_dump(mode="json"), parameters_of(network), seed, monotonic() - started)


def table(measured: dict[str, Any]) -> str:
    """The figures as one Markdown table."""
    loss = measured["validation_loss"]
    columns = {
        "autoencoder": f"denoising {PRESET}",
        "parameters": f"{measured['parameters']:,}",
        "epochs": f"{measured['epochs']}",
        "best validation loss": f"{loss['best']:.4f}",
        "in epoch": f"{loss['best_epoch']}",
        "last": f"{loss['last']:.4f}",
        "goal": f"{measured['goal']} ({'reached' if loss['best'] <= measured['goal'] else 'missed'})",
        "seconds": f"{measured['seconds']:.0f}",
    }
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), columns.values()))


def _figures(history: History, options: dict[str, Any], parameters: int, seed: int, seconds: float) -> dict[str, Any]:
    return {
        "options": options,
        "seed": seed,
        "parameters": parameters,
        "epochs": len(history.loss),
        "validation_loss": {
            "best": history.validation_loss[history.best],
            "best_epoch": history.best + 1,
            "last": history.validation_loss[-1],
            "by_epoch": history.validation_loss,
        },
        "goal": GOAL,
        "seconds": round(seconds, 1),
    }


def _checked(path: Path, pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8 or pixels.shape[1:] != (28, 28):
        raise TrainingError(f"expected uint8 [n, 28, 28] in {path}, found {pixels.dtype} {list(pixels.shape)}")
    return pixels[..., np.newaxis]


if __name__ == "__main__":
    main()
