"""TIFF: bit depths, photometric interpretations, alpha, strips, tiles, planes, compressions and predictors."""

import io
import struct
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.encoding import DAMAGED, EITHER, PIXELS, UNSUPPORTED, Encoding
from deploy.fuzz.encodings.png import turned
from deploy.fuzz.encodings.png_bytes import pack
from deploy.fuzz.encodings.tiff_bytes import BITS, FILL_ORDER, Page, page, tiff

Picture = Callable[[], NDArray[Any]]
GREYS: dict[str, Picture] = {"g8": picture.grey8, "g12": picture.grey12, "g16": picture.grey16}
COLOURS: dict[str, Picture] = {"c8": picture.colour8, "c12": picture.colour12, "c16": picture.colour16}
ALL = GREYS | COLOURS


def cases() -> Iterator[Encoding]:
    """Every TIFF."""
    yield from _layouts()
    yield from _compressions()
    yield from _interpretations()
    yield from _packed()
    yield from _other_numbers()
    yield from _orientations()


def written(samples: NDArray[Any], **options: Any) -> bytes:
    """A file as tifffile writes it, without its own description tags."""
    stream = io.BytesIO()
    big = options.pop("bigtiff", False)
    with tifffile.TiffWriter(stream, bigtiff=big, byteorder=options.pop("byteorder", "<")) as writer:
        writer.write(samples, metadata=None, software=False, **options)
    return stream.getvalue()


def _photometric(samples: NDArray[Any]) -> str:
    return "rgb" if samples.ndim == 3 else "minisblack"  # noqa: PLR2004 - colour


def _layouts() -> Iterator[Encoding]:
    for name, make in ALL.items():
        samples = make()
        plain: dict[str, Any] = {"photometric": _photometric(samples)}
        yield Encoding(f"{name}.tif", written(samples, **plain), truth=samples)
        yield Encoding(f"{name}_bigendian.tif", written(samples, byteorder=">", **plain), truth=samples)
        yield Encoding(f"{name}_bigtiff.tif", written(samples, bigtiff=True, **plain), EITHER, samples)
        big = written(samples, bigtiff=True, byteorder=">", **plain)
        yield Encoding(f"{name}_bigtiff_bigendian.tif", big, EITHER, samples)
        for rows in (1, 7, 55):
            yield Encoding(f"{name}_strips{rows}.tif", written(samples, rowsperstrip=rows, **plain), truth=samples)
        for side in (16, 32, 128):
            yield Encoding(f"{name}_tiles{side}.tif", written(samples, tile=(side, side), **plain), truth=samples)
        yield Encoding(f"{name}_tiles16x64.tif", written(samples, tile=(16, 64), **plain), truth=samples)
        yield Encoding(f"{name}_trailing.tif", written(samples, **plain) + b"stray", truth=samples)
        yield Encoding(f"{name}_by_hand.tif", tiff([page(samples)]), truth=samples)
        yield Encoding(f"{name}_by_hand_bigendian.tif", tiff([page(samples, ">")], order=">"), truth=samples)
    for name, make in COLOURS.items():
        planes = np.moveaxis(make(), -1, 0)
        expected = PIXELS if name == "c8" else EITHER
        separate: dict[str, Any] = {"photometric": "rgb", "planarconfig": "separate"}
        for tail, options in (
            ("", {}),
            ("_strips7", {"rowsperstrip": 7}),
            ("_tiles16", {"tile": (16, 16)}),
            ("_lzw", {"compression": "lzw"}),
            ("_bigendian", {"byteorder": ">"}),
        ):
            data = written(planes, **separate, **options)
            yield Encoding(f"{name}_planar{tail}.tif", data, expected, make())


def _compressions() -> Iterator[Encoding]:
    usual = ("lzw", "packbits", "adobe_deflate", "deflate")
    unusual = ("zstd", "lzma", "webp", "jpegxl", "jpeg2000", "lerc")
    for name, make in ALL.items():
        samples = make()
        plain: dict[str, Any] = {"photometric": _photometric(samples)}
        for compression in usual:
            data = written(samples, compression=compression, **plain)
            yield Encoding(f"{name}_{compression}.tif", data, truth=samples)
            tiles = written(samples, compression=compression, tile=(32, 32), byteorder=">", **plain)
            yield Encoding(f"{name}_{compression}_tiles_bigendian.tif", tiles, truth=samples)
        for compression in ("lzw", "adobe_deflate"):
            data = written(samples, compression=compression, predictor=True, rowsperstrip=9, **plain)
            yield Encoding(f"{name}_{compression}_predictor.tif", data, truth=samples)
        for compression in unusual:
            if compression == "webp" and name != "c8":
                continue
            most = 2.0 if compression in ("webp", "jpeg2000", "lerc", "jpegxl") else 0.0
            if samples.dtype == np.uint16:
                most *= 257
            data = written(samples, compression=compression, **plain)
            yield Encoding(f"{name}_{compression}.tif", data, EITHER, samples, most)
    for name, make in (("g8", picture.grey8), ("c8", picture.colour8)):
        samples = make()
        for layout, options in (("strip", {}), ("tiles", {"tile": (32, 32)}), ("strips", {"rowsperstrip": 16})):
            data = written(
                samples, compression="jpeg", compressionargs={"level": 95}, photometric=_photometric(samples), **options
            )
            yield Encoding(f"{name}_jpeg_{layout}.tif", data, truth=samples, most=5)
    blues_first = cv2.cvtColor(picture.colour8(), cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]]
    for subsampling in ((1, 1), (2, 1), (2, 2)):
        jpeg = {"compression": "jpeg", "compressionargs": {"level": 95}, "subsampling": subsampling}
        data = written(blues_first, photometric="ycbcr", **jpeg)
        name = f"c8_jpeg_ycbcr{subsampling[0]}{subsampling[1]}.tif"
        yield Encoding(name, data, truth=picture.colour8(), most=6)
        contradicting = data.replace(struct.pack("<HHIH", 262, 3, 1, 6), struct.pack("<HHIH", 262, 3, 1, 2), 1)
        yield Encoding(f"contradicting_{name}", contradicting, f"{DAMAGED}|{UNSUPPORTED}")


def _interpretations() -> Iterator[Encoding]:
    for name, make in GREYS.items():
        samples = make()
        white = written(np.iinfo(samples.dtype).max - samples, photometric="miniswhite")
        yield Encoding(f"{name}_miniswhite.tif", white, PIXELS if name == "g8" else EITHER, samples)
        tiles = written(
            np.iinfo(samples.dtype).max - samples, photometric="miniswhite", tile=(16, 16), compression="lzw"
        )
        yield Encoding(f"{name}_miniswhite_tiles.tif", tiles, PIXELS if name == "g8" else EITHER, samples)
        for kind in ("unassalpha", "unspecified"):
            for alpha in (0, np.iinfo(samples.dtype).max):
                both = np.stack([samples, np.full_like(samples, alpha)], axis=-1)
                data = written(both, photometric="minisblack", planarconfig="contig", extrasamples=[kind])
                yield Encoding(f"{name}_{kind}{alpha}.tif", data, EITHER, samples)
    for name, make in COLOURS.items():
        samples = make()
        for kind in ("unassalpha", "unspecified"):
            for alpha in (0, np.iinfo(samples.dtype).max):
                both = np.concatenate([samples, np.full_like(samples[..., :1], alpha)], axis=-1)
                data = written(both, photometric="rgb", extrasamples=[kind])
                yield Encoding(f"{name}_{kind}{alpha}.tif", data, PIXELS if kind == "unassalpha" else EITHER, samples)
        opaque = np.concatenate([samples, np.full_like(samples[..., :1], np.iinfo(samples.dtype).max)], axis=-1)
        data = written(opaque, photometric="rgb", extrasamples=["assocalpha"])
        yield Encoding(f"{name}_assocalpha.tif", data, EITHER, samples)
        five = np.concatenate([opaque, opaque[..., :1]], axis=-1)
        data = written(five, photometric="rgb", extrasamples=["unassalpha", "unspecified"])
        yield Encoding(f"{name}_five_samples.tif", data, EITHER, samples)
    two = tiff([page(np.stack([picture.grey8()] * 2, axis=-1), PHOTOMETRIC=1)])
    yield Encoding("g8_two_samples.tif", two, EITHER, picture.grey8())
    yield from _palettes()
    rgb = picture.colour8()
    cmy = 255 - rgb.astype(int)
    black = cmy.min(axis=-1)
    for name, inks in (
        ("no_black", [*np.moveaxis(cmy, -1, 0), 0 * black]),
        ("opaque", [*np.moveaxis(cmy, -1, 0), 0 * black]),
    ):
        data = written(np.stack(inks, axis=-1).astype(np.uint8), photometric="separated")
        yield Encoding(f"c8_cmyk_{name}.tif", data, EITHER, rgb, 1)
    lab = written(rgb, photometric="cielab")
    yield Encoding("c8_cielab.tif", lab, EITHER)
    mask = tiff([page(picture.grey8(), PHOTOMETRIC=4)])
    yield Encoding("g8_mask.tif", mask, f"{UNSUPPORTED}|{DAMAGED}")
    linear = tiff([page(picture.grey16(), PHOTOMETRIC=32803)])
    yield Encoding("g16_colour_filter_array.tif", linear, f"{UNSUPPORTED}|{DAMAGED}")
    log = tiff([page(picture.grey16(), PHOTOMETRIC=32844)])
    yield Encoding("g16_logluv.tif", log, f"{UNSUPPORTED}|{DAMAGED}")


def _palettes() -> Iterator[Encoding]:
    indices = picture.grey8()
    table = np.random.default_rng(4).integers(0, 256, (256, 3)).astype(np.uint8)
    wide = table.T.astype(np.uint16) * 257
    for tail, options in (("", {}), ("_lzw", {"compression": "lzw"}), ("_tiles", {"tile": (16, 16)})):
        data = written(indices, photometric="palette", colormap=wide, **options)
        yield Encoding(f"p8{tail}.tif", data, truth=table[indices])
    grey = np.repeat(np.arange(256, dtype=np.uint16)[np.newaxis] * 257, 3, axis=0)
    yield Encoding("p8_grey.tif", written(indices, photometric="palette", colormap=grey), truth=indices)
    for depth in (1, 2, 4):
        low = (indices.astype(int) * ((1 << depth) - 1) + 127) // 255
        few = table[: 1 << depth]
        packed = Page(
            [pack(low, depth).tobytes()],
            {**page(indices, PHOTOMETRIC=3, COLOUR_MAP=(few.T.astype(int) * 257).ravel().tolist()).tags, BITS: depth},
        )
        yield Encoding(f"p{depth}.tif", tiff([packed]), EITHER, few[low])


def _packed() -> Iterator[Encoding]:
    """Bit depths that do not fill bytes. Up to 8 bits white is 255; above, values stay as they are, in 16 bits."""
    for depth in (1, 2, 4):
        most = (1 << depth) - 1
        levels = (picture.grey8().astype(int) * most + 127) // 255
        truth = (levels * (255 // most)).astype(np.uint8)
        for photometric, samples in ((1, levels), (0, most - levels)):
            made = Page([pack(samples, depth).tobytes()], {**page(truth, PHOTOMETRIC=photometric).tags, BITS: depth})
            yield Encoding(f"g{depth}_photometric{photometric}.tif", tiff([made]), EITHER, truth)
    for depth in (10, 12, 14):
        levels = picture.grey16() >> (16 - depth)
        made = Page([pack(levels, depth).tobytes()], {**page(levels).tags, BITS: depth})
        yield Encoding(f"g{depth}_packed.tif", tiff([made]), EITHER, levels)
        rgb = picture.colour16() >> (16 - depth)
        lines = pack(rgb.reshape(rgb.shape[0], -1), depth)
        made = Page([lines.tobytes()], {**page(rgb).tags, BITS: [depth] * 3})
        yield Encoding(f"c{depth}_packed.tif", tiff([made]), EITHER, rgb)
    for name, make in ALL.items():
        plain = page(make())
        turned_bits = [bytes(int(f"{byte:08b}"[::-1], 2) for byte in strip) for strip in plain.strips]
        yield Encoding(
            f"{name}_fillorder2.tif", tiff([Page(turned_bits, {**plain.tags, FILL_ORDER: 2})]), EITHER, make()
        )


def _other_numbers() -> Iterator[Encoding]:
    for kind in ("int8", "int16", "int32", "uint32", "uint64", "float16", "float32", "float64", "complex64"):
        samples = picture.grey8().astype(kind)
        yield Encoding(f"g_{kind}.tif", written(samples, photometric="minisblack"), UNSUPPORTED)
    for kind in ("float16", "float32", "uint32"):
        samples = picture.colour8().astype(kind)
        yield Encoding(f"c_{kind}.tif", written(samples, photometric="rgb"), UNSUPPORTED)
    mixed = Page([bytes(4 * 56 * 72)], {**page(picture.colour8()).tags, BITS: [8, 8, 16]})
    yield Encoding("c_mixed_bits.tif", tiff([mixed]), f"{UNSUPPORTED}|{DAMAGED}")


def _orientations() -> Iterator[Encoding]:
    for name in ("g8", "g12", "c8", "c16"):
        samples = ALL[name]()
        for orientation in range(1, 9):
            data = tiff([page(samples, ORIENTATION=orientation)])
            yield Encoding(f"{name}_orient{orientation}.tif", data, truth=turned(samples, orientation))
