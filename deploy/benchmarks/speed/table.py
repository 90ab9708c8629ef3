"""The speed benchmark as one Markdown table: ratios first, then absolute figures."""

from collections.abc import Iterator, Mapping
from typing import Any

Row = tuple[str, str]
MEBIBYTE = 1 << 20


def table(figures: Mapping[str, Any], machine: Mapping[str, Any]) -> str:
    """The rows of what was measured, and the machine's description under them."""
    rows = [("ratio", ""), ("---", "---:"), *_ratios(figures), ("**absolute**", ""), *_absolute(figures)]
    lines = [f"| {name} | {value} |" for name, value in rows]
    about = f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, commit {machine['commit']}"
    return "\n".join([*lines, "", about, f"for service/sizing.py: {_for_sizing(figures)}"])


def _for_sizing(figures: Mapping[str, Any]) -> str:
    """The line that `linewatch size` computes with: what of an image's processor time grows with its size."""
    megapixel = figures["decode"]["prepared_ms_per_megapixel"] / 1000
    image = figures["service"]["cpu_seconds_per_image"] - megapixel * figures["image"]["megapixels"]
    size = figures["image"]["bytes"] / figures["image"]["megapixels"]
    values = f"image_cpu_seconds={image:.4f}, megapixel_cpu_seconds={megapixel:.4f}, megapixel_bytes={size:_.0f}"
    return f"MEASURED = Measured({values})"


def _ratios(figures: Mapping[str, Any]) -> Iterator[Row]:
    graph = figures["graph"]
    yield "CPU of an image, service over bare loop", f"{figures['ratio_cpu']:.2f}"
    yield "images/s, service (broker on the same cores) over bare loop", f"{figures['ratio_throughput']:.2f}"
    if "over_peers" in graph:
        for peer, ratio in graph["over_peers"].items():
            yield f"images/s of the graph over {peer}", f"{ratio:.1f}"
    if graph["backbone_ms"]:
        yield "graph over its backbone", f"{graph['ms_one_thread'] / graph['backbone_ms']:.2f}"
    yield "share of the machine's peak that the graph reaches", f"{graph['fraction_of_peak']:.0%}"
    yield "p99 at half load over decode + score of one image", f"{figures['p99_half_load_over_one_image']:.1f}"
    if figures["scale_out"]:
        yield "images/s, two replicas on two cores over one on one", f"{figures['scale_out']['ratio']:.2f}"
    for many in (each for key, each in figures.items() if key.startswith("streams_")):
        yield f"images/s, {many['streams']} streams over one", f"{many['ratio_throughput']:.2f}"


def _absolute(figures: Mapping[str, Any]) -> Iterator[Row]:
    for name, key in (("service", "service"), ("bare loop", "bare"), ("bare loop, one thread", "bare_one_thread")):
        speed = figures[key]
        yield (
            f"{name}, JPEG of 0.8 megapixels",
            f"{speed['images_per_second']:.1f} images/s, {1000 * speed['cpu_seconds_per_image']:.2f} ms CPU",
        )
    yield "the broker, for each image", f"{1000 * figures['broker_cpu_seconds_per_image']:.2f} ms CPU"
    for name, key in (("50 %", "half_load"), ("90 %", "load_90")):
        latency = figures["latency_ms"][key]
        yield f"append to verdict at {name} load, p50 / p99", f"{latency['p50']:.0f} / {latency['p99']:.0f} ms"
    yield from _graph(figures["graph"])
    yield from _decode(figures["decode"])
    for many in (each for key, each in figures.items() if key.startswith("streams_")):
        memory = f"{many['rss_mb']:.0f} MB resident, {many['rss_mb_per_stream']:.1f} MB for each further one"
        yield f"{many['streams']} streams in one process", memory
    yield "bundle", f"{figures['bundle']['bytes'] / MEBIBYTE:.1f} MB"
    if "install_mb" in figures:
        starts = f"{figures['cold_start_s']:.2f} s, then {figures['warm_start_s']:.2f} s"
        yield "start to ready", starts
        yield "resident when ready, with its decoding processes (PSS)", f"{figures['pss_mb']:.0f} MB"
        yield "installed, by the lock / by pip", f"{figures['install_mb']:.0f} / {figures['install_pip_mb']:.0f} MB"


def _graph(graph: Mapping[str, Any]) -> Iterator[Row]:
    yield "graph, one thread / two", f"{graph['ms_one_thread']:.2f} / {graph['ms_two_threads']:.2f} ms"
    yield "graph, an interpreter on each core", f"{graph['images_per_second']:.1f} images/s"
    yield "multiply-adds, weights", f"{graph['macs'] / 1e6:.0f} million, {graph['bytes'] / MEBIBYTE:.1f} MB"
    for name, part in graph["parts"].items():
        figures = f"{part['ms']:.2f} ms, {part['macs'] / 1e6:.1f} million, {part['weight_bytes'] / MEBIBYTE:.2f} MB"
        yield f"- {name}", f"{figures}, {part['moved_bytes'] / MEBIBYTE:.1f} MB moved"
    left = ", ".join(f"{count} {kind}" for kind, count in graph["left_to_litert"].items())
    yield "operators that XNNPACK does not take", left or "none"
    peak = graph["peak_gmacs"]
    yield (
        "the machine's peak on one thread",
        f"{peak['int8']:.0f} (int8), {peak['float32']:.0f} (float32) thousand million multiply-adds/s",
    )


def _decode(decode: Mapping[str, float]) -> Iterator[Row]:
    yield "decoding 0.8 megapixels of JPEG in full", f"{decode['full_ms']:.2f} ms"
    yield "preparing it for the graph: decoding as far as needed, resizing", f"{decode['prepared_ms']:.2f} ms"
    yield "preparing 5 megapixels of JPEG", f"{decode['prepared_large_ms']:.2f} ms"
    yield "each further megapixel", f"{decode['prepared_ms_per_megapixel']:.2f} ms"
    yield "preparing 0.8 megapixels of PNG", f"{decode['prepared_png_ms']:.2f} ms"
