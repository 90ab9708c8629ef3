"""Many streams in one service: what each adds to its memory, and whether images come as fast as those of one stream."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.benchmarks.speed.line import Line, running_line
from deploy.benchmarks.speed.plan import Plan
from deploy.benchmarks.speed.side_by_side import in_turn
from deploy.devtools.tiny_bundle import crown
from service.scoring.bundle import Bundle, BundleStore
from training.bundles.writer import draft

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class ManyStreams:
    """Each stream with a bundle of its own; rates are medians of rounds in turn with a service of one stream."""

    streams: int
    images_per_second: float
    ratio_throughput: float
    """Over one stream."""
    rss_mb: float
    """Of the service and its processes, when each stream has had images."""
    rss_mb_per_stream: float
    """What each further one adds."""


def measure_many_streams(bundle: Bundle, image: bytes, work: Path, plan: Plan) -> ManyStreams:
    """Backlogs of one service with one stream and of another with many, in turn."""
    with ExitStack() as stack:
        one, many = (_line(stack, bundle, image, work / f"{count}-streams", count) for count in (1, plan.streams))
        for line in (one, many):
            line.work_off(2 * plan.streams)  # each stream's graph is loaded
        rates = in_turn(one, many, plan)
        alone, together = (line.resident_bytes() / MEBIBYTE for line in (one, many))
    return ManyStreams(
        streams=plan.streams,
        images_per_second=rates.second,
        ratio_throughput=rates.ratio,
        rss_mb=together,
        rss_mb_per_stream=(together - alone) / (plan.streams - 1),
    )


def store_of_streams(bundle: Bundle, folder: Path, streams: int) -> list[str]:
    """Write a store in which each of so many streams has that bundle, under an id of its own; their names."""
    store, names = BundleStore(folder), [f"stream-{number:03}" for number in range(streams)]
    for name in names:
        with draft(store, name) as copy:
            for file in bundle.manifest.files:
                copy.write(file, (bundle.path / file).read_bytes())
            sealed = copy.seal(bundle.manifest.model_copy(update={"stream": name}))
        crown(store.folder(name) / sealed)
    return names


def _line(stack: ExitStack, bundle: Bundle, image: bytes, work: Path, streams: int) -> Line:
    names = store_of_streams(bundle, work / "store", streams)
    return stack.enter_context(running_line(work / "store", [(name, image) for name in names], work))
