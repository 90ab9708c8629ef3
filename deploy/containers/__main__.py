"""`python -m deploy.containers`: build both images, run and check them, print their sizes."""

import argparse
import os
import sys
from pathlib import Path

from deploy.containers.base import default_base, provide
from deploy.containers.checks import score_check, service_checks, training_checks
from deploy.containers.engine import Engine, installed
from deploy.devtools.errors import ContainerError
from deploy.devtools.paths import BUILD, REPOSITORY

SERVICE, TRAINING = "linewatch:latest", "linewatch-training:latest"
DOCKERFILES = {
    SERVICE: REPOSITORY / "deploy" / "service.Dockerfile",
    TRAINING: REPOSITORY / "deploy" / "training.Dockerfile",
}
MEGABYTE = 1_000_000


def main() -> int:
    options = _parser().parse_args()
    try:
        _build_and_run(options.base, options.store, options.stream, options.images)
    except ContainerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _build_and_run(base: str | None, store: Path | None, stream: str, images: Path | None) -> None:
    engine, base = _choose(base or default_base(DOCKERFILES[SERVICE]))
    BUILD.mkdir(exist_ok=True)
    for image, dockerfile in DOCKERFILES.items():
        log = BUILD / f"{dockerfile.stem}-container.log"
        print(f"building {image} from {base} with {engine.program}; log: {log}", flush=True)
        engine.build(dockerfile, REPOSITORY, base=base, image=image, log=log)
    for passed in service_checks(engine, SERVICE):
        print(f"ok   {passed}", flush=True)
    if store and images:
        print(f"ok   {score_check(engine, SERVICE, store, stream, images)}", flush=True)
    else:
        print("     service: not asked to score; pass --store, --stream and --images for that")
    for passed in training_checks(engine, TRAINING):
        print(f"ok   {passed}", flush=True)
    print("\n| image | size, MB | of that the base |\n|---|---:|---:|")
    for image in DOCKERFILES:
        print(f"| {image} | {engine.size(image) / MEGABYTE:.0f} | {engine.size(base) / MEGABYTE:.0f} |")


def _choose(wanted: str) -> tuple[Engine, str]:
    """The first engine that can run the base image here, and that image's name."""
    for engine in installed():
        base = provide(engine, wanted)
        if engine.run(base, "true", options=()).returncode == 0:
            return engine, base
    raise ContainerError(
        "expected docker or podman able to run a container, found none; "
        "on Debian, as root: apt-get install podman runc mmdebstrap"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.containers", description=__doc__)
    environment = os.environ
    parser.add_argument(
        "--base",
        default=environment.get("BASE"),
        help="base image with python3 and python3-venv (default: that of the Dockerfiles, or BASE)",
    )
    parser.add_argument("--store", type=Path, default=environment.get("STORE"), help="folder of bundles (or STORE)")
    parser.add_argument("--stream", default=environment.get("STREAM", "default"), help="stream to score (or STREAM)")
    parser.add_argument("--images", type=Path, default=environment.get("IMAGES"), help="images to score (or IMAGES)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
