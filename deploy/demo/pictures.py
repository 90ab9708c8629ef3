"""`python -m deploy.demo.pictures`: what autoencoders make of rendered parts, for docs/images.

Fits `vae`, `denoising` and `unet` on rendered flanges, draws new ones, takes noise out of some and paints defects in.
"""

from pathlib import Path

from deploy.demo.renderer.render import write_line
from deploy.demo.steps import fresh_folder
from deploy.devtools.commands import linewatch_train
from deploy.devtools.paths import BUILD, REPOSITORY

IMAGES = REPOSITORY / "docs" / "images"

SIDE = 64
SEED = 3
EPOCHS = {"vae": 60, "denoising": 40, "unet": 30}
OPTIONS = {
    "vae": ["beta=0.001", "steps=30"],
    "denoising": ["noise_level=0.15", "latent=32", "steps=30"],
    "unet": ["steps=40"],
}
"""Of each, for the small parts here."""

SHOWN = 2
NOISE = 0.15
PAINTED = {"unet": "stain", "vae": "missing_piece"}
"""Which autoencoder paints in which kind of defect."""


def main() -> None:
    """Fit, draw and restore; writes the pictures of docs/pictures.md."""
    work = fresh_folder(BUILD / "pictures")
    line, store = work / "line", work / "bundles"
    write_line(line, seed=SEED, size=SIDE, train_good=240, test_good=SHOWN, per_defect=SHOWN)
    for name, epochs in EPOCHS.items():
        options = [word for option in OPTIONS[name] for word in ("--options", option)]
        fit = ["--stream", name, "--autoencoder", name, "--image-size", SIDE, "--epochs", epochs, *options]
        _run("fit", line / "train/good", *fit, "--calibration", "split", "--false-alarm-rate", "0.05", store=store)
    _run("generate", "vae", "-n", 16, "--out", IMAGES / "generate.png", store=store)
    _restore("denoising", line / "test/good", work / "denoised", "--noise", NOISE, store=store)
    for name, kind in PAINTED.items():
        _restore(name, line / "test" / kind, work / kind, "--mask", line / "ground_truth" / kind, store=store)


def _restore(name: str, images: Path, out: Path, *arguments: object, store: Path) -> None:
    _run("restore", name, images, "--out", out, *arguments, store=store)
    (IMAGES / f"restore-{name}.png").write_bytes((out / "sheet.png").read_bytes())


def _run(command: str, *arguments: object, store: Path) -> None:
    linewatch_train.run(command, *arguments, "--store", store, environment={})


if __name__ == "__main__":
    main()
