"""JPEG: frames, sampling, colour spaces, several pictures, stray bytes, and what cables and disks do to it."""

import io
from collections.abc import Iterator
from dataclasses import replace

import imagecodecs
import numpy as np
from PIL import Image

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.encoding import DAMAGED, EITHER, PIXELS, UNSUPPORTED, Encoding
from deploy.fuzz.encodings.jpeg_bytes import (
    APP0,
    APP1,
    APP14,
    COM,
    DHT,
    DQT,
    DRI,
    END,
    FRAMES,
    SOS,
    Segment,
    joined,
    jpeg,
    scans,
    segments,
    with_scan,
    with_segment,
)
from deploy.fuzz.encodings.png import turned

MOST = 4.0
"""Grey levels that these pictures lose on average at quality 95, with any sampling of the colours."""
REFUSED = f"{DAMAGED}|{UNSUPPORTED}"


def cases() -> Iterator[Encoding]:
    """Every JPEG."""
    yield from _frames()
    yield from _colour_spaces()
    yield from _surroundings()
    yield from _several()
    yield from _cut_off()
    yield from _lost_bytes()
    yield from _broken_headers()


def _frames() -> Iterator[Encoding]:
    grey, colour = picture.grey8(), picture.colour8()
    for progressive in (False, True):
        tail = "_progressive" * progressive
        for quality in (60, 95, 100):
            data = jpeg(grey, quality=quality, progressive=progressive)
            yield Encoding(f"g8_q{quality}{tail}.jpg", data, truth=grey, most=MOST)
        for sampling in ("4:4:4", "4:2:2", "4:2:0", "4:1:1"):
            data = jpeg(colour, subsampling=sampling, progressive=progressive)
            yield Encoding(f"c8_{sampling.replace(':', '')}{tail}.jpg", data, truth=colour, most=MOST)
        for blocks in (1, 3):
            data = jpeg(colour, restart_marker_blocks=blocks, progressive=progressive)
            yield Encoding(f"c8_restart{blocks}{tail}.jpg", data, truth=colour, most=MOST)
        optimised = jpeg(colour, optimize=True, progressive=progressive)
        yield Encoding(f"c8_optimised{tail}.jpg", optimised, truth=colour, most=MOST)
        for height, width in ((1, 1), (7, 9), (8, 8), (17, 33), (1, 200)):
            small = picture.colour8(height, width)
            data = jpeg(small, progressive=progressive, quality=100, subsampling=0)
            yield Encoding(f"c8_{width}x{height}{tail}.jpg", data, truth=small, most=MOST)
    extended = bytearray(jpeg(grey))
    extended[extended.index(b"\xff\xc0") + 1] = 0xC1
    yield Encoding("g8_extended.jpg", bytes(extended), EITHER, grey, MOST)
    wide = bytes(imagecodecs.jpeg8_encode(picture.grey12(), 95, bitspersample=12))
    yield Encoding("g12.jpg", wide, EITHER, picture.grey12(), 16 * MOST)
    for name, samples in (("g8", grey), ("c8", colour), ("g16", picture.grey16())):
        lossless = bytes(imagecodecs.jpeg8_encode(samples, lossless=True))
        yield Encoding(f"{name}_lossless.jpg", lossless, EITHER, samples)
    for name, marker in (("arithmetic", 0xC9), ("hierarchical", 0xC5), ("arithmetic_progressive", 0xCA)):
        other = bytearray(jpeg(grey))
        other[other.index(b"\xff\xc0") + 1] = marker
        yield Encoding(f"g8_{name}_header.jpg", bytes(other), REFUSED)
    yield Encoding("g8_jpeg_ls.jpg", bytes(imagecodecs.jpegls_encode(grey)), REFUSED)


def _colour_spaces() -> Iterator[Encoding]:
    rgb = picture.colour8()
    yield Encoding("c8_rgb.jpg", jpeg(rgb, keep_rgb=True), truth=rgb, most=MOST)
    inks = np.concatenate([255 - rgb, np.zeros_like(rgb[..., :1])], axis=-1)
    yield Encoding("c8_cmyk.jpg", jpeg(inks), EITHER, rgb, MOST)
    ycck = bytes(imagecodecs.jpeg8_encode(255 - inks, 95, colorspace="cmyk", outcolorspace="ycck"))
    yield Encoding("c8_ycck.jpg", ycck, EITHER, rgb, MOST)
    bare = joined(part for part in segments(jpeg(rgb)) if part.marker != APP0)
    yield Encoding("c8_without_jfif.jpg", bare, truth=rgb, most=MOST)


def _surroundings() -> Iterator[Encoding]:
    """What stands beside the picture and does not change it."""
    grey, colour = picture.grey8(), picture.colour8()
    whole = jpeg(grey)
    yield Encoding("trailing.jpg", whole + b"stray bytes" * 3, truth=grey, most=MOST)
    yield Encoding("trailing_zeros.jpg", whole + bytes(4096), truth=grey, most=MOST)
    yield Encoding("trailing_ff.jpg", whole + b"\xff" * 64, truth=grey, most=MOST)
    yield Encoding("trailing_end.jpg", whole + END, truth=grey, most=MOST)
    yield Encoding("leading_zeros.jpg", b"\0\0" + whole, EITHER, grey, MOST)
    yield Encoding("leading_ff.jpg", b"\xff" + whole, EITHER, grey, MOST)
    yield Encoding("leading_newline.jpg", b"\r\n" + whole, EITHER, grey, MOST)
    yield Encoding("comment.jpg", with_segment(whole, Segment(COM, b"x" * 65533)), truth=grey, most=MOST)
    yield Encoding(
        "comment_with_markers.jpg", with_segment(whole, Segment(COM, b"\xff\xd9\xff\xd8\xff")), truth=grey, most=MOST
    )
    unknown = with_segment(whole, Segment(0xE7, bytes(range(256))))
    yield Encoding("unknown_app.jpg", unknown, truth=grey, most=MOST)
    profile = with_segment(whole, Segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(128)))
    yield Encoding("icc.jpg", profile, truth=grey, most=MOST)
    fill = whole[:2] + b"\xff" * 5 + whole[2:]
    yield Encoding("fill_bytes.jpg", fill, truth=grey, most=MOST)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = jpeg(colour, exif=exif)
        yield Encoding(f"c8_orient{orientation}.jpg", data, truth=turned(colour, orientation), most=MOST)
    thumbnail = jpeg(grey[::4, ::4].copy())
    inside = with_segment(whole, Segment(APP1, b"Exif\0\0" + thumbnail))
    yield Encoding("thumbnail_in_exif.jpg", inside, truth=grey, most=MOST)
    exif = Image.Exif()
    exif[0x0112] = 77
    yield Encoding("orientation77.jpg", jpeg(colour, exif=exif), truth=colour, most=MOST)


def _several() -> Iterator[Encoding]:
    grey, colour = picture.grey8(), picture.colour8()
    yield Encoding("two_files.jpg", jpeg(grey) + jpeg(255 - grey), UNSUPPORTED)
    yield Encoding("two_files_apart.jpg", jpeg(grey) + bytes(512) + jpeg(255 - grey), UNSUPPORTED)
    yield Encoding("two_files_progressive.jpg", jpeg(colour, progressive=True) + jpeg(colour), UNSUPPORTED)
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "MPO", save_all=True, append_images=[Image.fromarray(255 - grey)])
    yield Encoding("two_pictures.mpo", stream.getvalue(), UNSUPPORTED)


def _cut_off() -> Iterator[Encoding]:
    for name, whole in _whole_files():
        for share in (5, 30, 50, 70, 90, 98):
            cut = whole[: len(whole) * share // 100]
            yield Encoding(f"{name}_trunc{share}.jpg", cut, DAMAGED)
            yield Encoding(f"{name}_trunc{share}_end.jpg", cut + END, DAMAGED)
    grey = picture.grey8()
    whole = jpeg(grey)
    without = f"{PIXELS}|{DAMAGED}"
    yield Encoding("without_end.jpg", whole[:-2], without, grey, MOST)
    yield Encoding("half_an_end.jpg", whole[:-1], without, grey, MOST)
    parts = segments(jpeg(picture.colour8(), progressive=True))
    last = len(parts) - 1
    for lost in range(1, 6):
        kept = parts[: last - 2 * lost] if parts[last - 1].marker == DHT else parts[: last - lost]
        if scans(kept):
            yield Encoding(f"progressive_{lost}_last_scans_lost.jpg", joined(kept) + END, DAMAGED)


def _whole_files() -> Iterator[tuple[str, bytes]]:
    colour = picture.colour8(160, 208)
    yield "g8", jpeg(picture.grey8(160, 208))
    yield "c8", jpeg(colour, subsampling="4:2:0")
    yield "c8_progressive", jpeg(colour, progressive=True)
    yield "c8_restart", jpeg(colour, restart_marker_blocks=2)


def _lost_bytes() -> Iterator[Encoding]:
    """Bytes lost or zeroed within the data, with both ends of the file whole."""
    for name, whole in _whole_files():
        if "progressive" in name:
            continue
        (scan,) = scans(segments(whole))
        length = len(scan.scan)
        for where in (0.1, 0.4, 0.7):
            start = int(length * where)
            for lost in (length // 20, length // 4):
                cut = scan.scan[:start] + scan.scan[start + lost :]
                yield Encoding(f"{name}_lost{lost}_at{start}.jpg", with_scan(whole, cut), DAMAGED)
                zeroed = scan.scan[:start] + bytes(lost) + scan.scan[start + lost :]
                yield Encoding(f"{name}_zeroed{lost}_at{start}.jpg", with_scan(whole, zeroed), DAMAGED)
        half = length // 2
        erased = scan.scan[:half] + b"\xff" * 200 + b"\0" + scan.scan[half + 201 :]
        yield Encoding(f"{name}_ones_within.jpg", with_scan(whole, erased), DAMAGED)
        yield Encoding(f"{name}_empty_scan.jpg", with_scan(whole, b""), DAMAGED)
        longer = with_scan(whole, scan.scan + scan.scan[: length // 3])
        yield Encoding(f"{name}_scan_goes_on.jpg", longer, DAMAGED)
    restarts = jpeg(picture.colour8(), restart_marker_blocks=2)
    (scan,) = scans(segments(restarts))
    swapped = scan.scan.replace(b"\xff\xd1", b"\xff\xd5", 1)
    yield Encoding("restart_out_of_order.jpg", with_scan(restarts, swapped), DAMAGED)
    start, end = scan.scan.index(b"\xff\xd2"), scan.scan.index(b"\xff\xd3")
    yield Encoding("restart_interval_lost.jpg", with_scan(restarts, scan.scan[:start] + scan.scan[end:]), DAMAGED)


def _broken_headers() -> Iterator[Encoding]:
    grey = picture.grey8()
    parts = segments(jpeg(grey))
    bare = joined(part for part in parts if part.marker != DHT)  # the tables of annex K may go without saying
    yield Encoding("without_dht.jpg", bare, f"{PIXELS}|{REFUSED}", grey, MOST)
    for name, marker in (("dqt", DQT), ("sof", 0xC0), ("sos", SOS)):
        yield Encoding(f"without_{name}.jpg", joined(part for part in parts if part.marker != marker), REFUSED)
    frame = next(index for index, part in enumerate(parts) if part.marker in FRAMES)
    content = parts[frame].content
    changes = {
        "zero_width": (content[:3] + b"\0\0" + content[5:], REFUSED),
        "zero_height": (content[:1] + b"\0\0" + content[3:], REFUSED),
        "taller": (content[:1] + (300).to_bytes(2) + content[3:], DAMAGED),
        "gigapixels": (content[:1] + b"\xff\xff\xff\xff" + content[5:], "too_large"),
        "precision9": (b"\x09" + content[1:], REFUSED),
        "no_components": (content[:5] + b"\0", REFUSED),
        "two_components": (content[:5] + b"\2" + content[6:] + b"\2\x11\0", REFUSED),
        "sampling5": (content[:7] + b"\x55" + content[8:], REFUSED),
        "table7": (content[:8] + b"\7", REFUSED),
    }
    for name, (changed, expected) in changes.items():
        data = joined([*parts[:frame], replace(parts[frame], content=changed), *parts[frame + 1 :]])
        yield Encoding(f"{name}.jpg", data, expected)
    twice = joined([*parts[: frame + 1], *parts[frame:]])
    yield Encoding("two_frames_in_one.jpg", twice, REFUSED)
    restart = joined([*parts[:frame], Segment(DRI, b"\0\2"), *parts[frame:]])
    yield Encoding("restarts_announced_only.jpg", restart, DAMAGED)
    adobe = with_segment(joined(parts), Segment(APP14, b"Adobe\0\x64\0\0\0\0\7"))
    yield Encoding("adobe_transform7.jpg", adobe, f"{PIXELS}|{REFUSED}", grey, MOST)
    yield Encoding("start_only.jpg", b"\xff\xd8\xff", DAMAGED)
    yield Encoding("start_and_end.jpg", b"\xff\xd8\xff\xd9", REFUSED)
