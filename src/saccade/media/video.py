"""Video frames, exact by number and by time.

A video file is a list of compressed packets in decoding order, each with the time (pts) at which it is shown:

    packets    I0 P3 B1 B2 P6 B4 B5 ...        one pass over the file reads all times, decoding one frame only
    frames      0  1  2  3  4  5  6            sorted by time = presentation order: frame 4 is the fifth one shown
    read [5]   seek to the last key frame at or before it, decode, take the frame whose time is that of number 5

Frames are uint8 [H, W, 3] RGB, upright (rotation and mirror metadata applied), the size of the first frame. Times are
seconds from the first frame, as the file has them, so variable frame rates need no special case. Only frames asked
for become RGB and at most one other is held, so memory does not grow with the length of the file. A packet that gives
no picture shows the picture before it, as in a player; a longer gap is BadMedia.
"""

from __future__ import annotations

import math
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import av
import numpy as np
import numpy.typing as npt

from saccade.errors import BadMedia, MediaTooLarge
from saccade.media.containers import VideoFile
from saccade.settings import MIB, Settings
from saccade.types import Size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Frame: TypeAlias = npt.NDArray[np.uint8]

_MAX_GAP_FRAMES = 16  # so many packets in a row may give no picture
_MIN_SKIP_FRAMES = 8  # a seek costs about as much as decoding a few frames
_EXACT_SEEK = ("mov", "matroska")  # the others find key frames by guessing
_TIME_SLACK_S = 1e-6


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """`size` upright, frames in presentation order, average frames per second, seconds, codec (h264)."""

    size: Size
    num_frames: int
    fps: float
    duration_s: float
    codec: str


@dataclass(frozen=True, slots=True)
class _Key:
    """A key frame: its number in presentation order, its pts, and the timestamp that a seek needs."""

    number: int
    pts: int
    seek_to: int


def probe_video(source: Any, settings: Settings) -> VideoInfo:
    """Size, frame count, rate and length of a video; reads all packets, decodes one frame.

    `source` is a path, file:// URI, URL, data: URI or bytes. Raises FetchError, BadMedia or MediaTooLarge.
    """
    return Video(source, settings).info


def frame_times(source: Any, settings: Settings) -> list[float]:
    """The time of every frame in seconds from the first frame. Raises what `probe_video` raises."""
    return list(Video(source, settings).times)


def read_frames(source: Any, indices: Sequence[int], settings: Settings) -> list[Frame]:
    """The frames with these numbers (presentation order, from 0), in the order asked; repeats are allowed.

    Raises what `probe_video` raises, BadMedia for a number outside the file, MediaTooLarge over `max_frames`.
    """
    return Video(source, settings).read(indices)


def frames_at(source: Any, times_s: Sequence[float], settings: Settings) -> list[Frame]:
    """For each time the frame shown then: the last one at or before it, exact by the file's own times."""
    video = Video(source, settings)
    return video.read([video.number_at(time_s) for time_s in times_s])


class Video:
    """One video, fetched and indexed once; then `info`, `times` and any number of reads.

    Nothing stays open between calls. Raises FetchError, BadMedia or MediaTooLarge, also from the constructor.
    """

    def __init__(self, source: Any, settings: Settings) -> None:
        self._file = VideoFile(source, settings)
        self._settings = settings
        self._threads = settings.num_threads or min(2, os.cpu_count() or 1)
        self._flips = (False, False, False)  # transposed, mirrored left-right, mirrored up-down
        self._coded = Size(0, 0)  # as decoded, before the flips
        self._by_count = False  # times do not identify frames, so they are counted from the start
        self._pts: list[int] = []
        self._keys: list[_Key] = []
        self.times: tuple[float, ...] = ()
        self.info = self._index()

    def number_at(self, time_s: float) -> int:
        """The number of the frame shown at `time_s`: the last at or before it, at least 0."""
        if not math.isfinite(time_s):
            raise BadMedia(f"the time {time_s} in {self._file.name!r} is not a number of seconds")
        return max(0, bisect_right(self.times, time_s + _TIME_SLACK_S) - 1)

    def read(self, indices: Sequence[int]) -> list[Frame]:
        """The frames with these numbers, in the order asked. All are held at once; see `frames` for a stream."""
        size, wanted = self.info.size, sorted(set(indices))
        needed, allowed = len(wanted) * size.pixels * 3, self._settings.max_decoded_bytes
        if needed > allowed:
            raise MediaTooLarge(f"{len(wanted)} frames of {size.height} x {size.width} need {needed // MIB:,} MiB, "
                                f"more than the allowed {allowed // MIB:,} MiB",
                                hint="ask for fewer frames")  # fmt: skip
        frames = dict(zip(wanted, self.frames(wanted), strict=True))
        return [frames[index] for index in indices]

    def frames(self, indices: Sequence[int]) -> Iterator[Frame]:
        """The frames with these numbers one by one; the numbers must not fall from one to the next."""
        if not all(0 <= index < self.info.num_frames for index in indices):
            raise BadMedia(f"{self._file.name!r} has frames 0 to {self.info.num_frames - 1}, asked for "
                           f"{min(indices)} to {max(indices)}", hint="ask for frames that it has")  # fmt: skip
        if len(set(indices)) > self._settings.max_frames:
            raise MediaTooLarge(f"{len(set(indices))} frames of {self._file.name!r} were asked for, more than the "
                                f"allowed {self._settings.max_frames}", hint="raise SACCADE_MAX_FRAMES")  # fmt: skip
        if any(later < earlier for earlier, later in pairwise(indices)):
            raise ValueError("frame numbers must be in rising order")
        return self._counted(indices) if self._by_count else self._timed(indices)

    # --- one pass over the packets ---

    def _index(self) -> VideoInfo:
        """Fill `_pts`, `times`, `_keys` and `_flips` from all packets and one decoded frame."""
        name, settings = self._file.name, self._settings
        packets: list[tuple[int | None, int | None, bool]] = []  # pts, dts, key
        first: VideoFrame | None = None
        with self._file.open(threads=1) as (container, stream):
            self._check_length(container.duration / 1e6 if container.duration else 0.0, 0)
            family, time_base = stream.codec_context.codec.canonical_name, float(stream.time_base or 0)
            # The index of an MP4 says how many packets there are, without those that an edit list cut away.
            declared = len(stream.index_entries) if self._file.demuxer == "mov" else 0
            rate = float(stream.average_rate or stream.guessed_rate or 0)
            num_hidden = 0
            with suppress(av.FFmpegError):  # the end of a damaged file; what was read so far is judged below
                for packet in container.demux(stream):
                    if first is None:
                        with suppress(av.FFmpegError):
                            first = next(iter(packet.decode()), None)
                    if packet.size == 0 and packet.pts is None:
                        continue  # only tells the decoder that the file is over
                    # The bit that VP8 calls show_frame (RFC 6386, 9.1); its alternate reference frames lack it.
                    is_hidden = family == "vp8" and packet.size > 0 and not memoryview(packet)[0] & 0x10
                    if packet.size == 0 or packet.is_discard or is_hidden:
                        num_hidden += 1
                        continue
                    packets.append((packet.pts, packet.dts, packet.is_keyframe))
                    self._check_length(0.0, len(packets))
        if not packets or first is None:
            raise self._file.broken("has no frame that can be decoded")
        if declared > len(packets) + num_hidden:
            raise self._file.broken(f"holds only {len(packets)} of its {declared} frames")
        known = sorted(pts for pts, _, _ in packets if pts is not None)
        unique = len(known) == len(packets) == len(set(known))
        self._by_count = self._file.demuxer == "avi" or not unique
        if not unique:
            known = self._count_frames()
        elif self._file.demuxer in _EXACT_SEEK:
            self._find_keys(packets, known)
        self._pts = known
        self.times = tuple((pts - known[0]) * time_base for pts in known)
        fps = _frame_rate(rate, self.times)
        self.times = self.times if unique or self.times[-1] > 0 else tuple(n / fps for n in range(len(known)))
        self._check_length(self.times[-1], 0)
        self._flips = _flips_of(first)
        self._coded = Size(first.height, first.width)
        if self._coded.pixels > settings.max_image_pixels:
            raise MediaTooLarge(f"{name!r} has frames of {first.height} x {first.width}", hint="scale it down")
        size = Size(first.width, first.height) if self._flips[0] else self._coded
        return VideoInfo(size, len(known), fps, self.times[-1] + 1 / fps, family)

    def _check_length(self, seconds: float, frames: int) -> None:
        name, settings = self._file.name, self._settings
        if seconds > settings.max_video_seconds:
            raise MediaTooLarge(f"{name!r} is {seconds:.0f} s long, more than the allowed "
                                f"{settings.max_video_seconds:.0f} s", hint="cut it into parts")  # fmt: skip
        if frames > settings.max_video_frames:
            raise MediaTooLarge(f"{name!r} has more than the allowed {settings.max_video_frames:,} frames",
                                hint="cut it into parts")  # fmt: skip

    def _find_keys(self, packets: list[tuple[int | None, int | None, bool]], known: list[int]) -> None:
        number_of = {pts: number for number, pts in enumerate(known)}
        for pts, dts, is_key in packets:
            if is_key and pts is not None:
                # The index of MP4 is in decoding times, that of Matroska in presentation times.
                seek_to = dts if self._file.demuxer == "mov" and dts is not None else pts
                self._keys.append(_Key(number_of[pts], pts, seek_to))
        self._keys.sort(key=lambda key: key.number)

    def _count_frames(self) -> list[int]:
        """The sorted times of all frames that really come out, for files whose packets do not say (slow, rare)."""
        times = []
        with self._file.open(self._threads) as (container, stream):
            for number, frame in enumerate(_decode(container, stream)):
                self._check_length(0.0, number + 1)
                times.append(frame.pts if frame.pts is not None else 0)
        if not times:
            raise self._file.broken("has no frame that can be decoded")
        return sorted(times)

    # --- decoding ---

    def _counted(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Frames told by counting decoded ones from the start."""
        with self._file.open(self._threads) as (container, stream):
            decoded, number, last = _decode(container, stream), -1, None
            for index in indices:
                while number < index and (frame := next(decoded, None)) is not None:
                    number, last = number + 1, frame
                if last is None or index - number > _MAX_GAP_FRAMES:
                    raise self._file.broken(f"gives no picture for frame {index}")
                yield self._upright(last)

    def _timed(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Frames told by their time, with seeks where they save work; from the start without them if one went wrong."""
        num_done = 0
        try:
            for frame in self._walk(indices, self._keys):
                num_done += 1
                yield frame
        except _SeekMissed:
            yield from self._walk(indices[num_done:], [])

    def _walk(self, indices: Sequence[int], keys: Sequence[_Key]) -> Iterator[Frame]:
        with self._file.open(self._threads) as (container, stream):
            reader, previous = _Reader(container, stream), -1
            for index in indices:
                at = bisect_right(keys, index, key=lambda key: key.number) - 1
                if at >= 0 and keys[at].number - previous > _MIN_SKIP_FRAMES:
                    reader.seek(keys[at].seek_to)
                frame, previous = reader.frame_at(self._pts[index]), index
                if reader.has_moved and (frame is None or frame.pts != self._pts[index]):
                    raise _SeekMissed
                if frame is None or abs(index - self._number_of(frame)) > _MAX_GAP_FRAMES:
                    raise self._file.broken(f"gives no picture for frame {index}")
                yield self._upright(frame)

    def _number_of(self, frame: VideoFrame) -> int:
        return bisect_right(self._pts, frame.pts or 0) - 1

    def _upright(self, frame: VideoFrame) -> Frame:
        pixels = frame.to_ndarray(format="rgb24", width=self._coded.width, height=self._coded.height)
        transposed, mirror_x, mirror_y = self._flips
        if transposed:
            pixels = pixels.transpose(1, 0, 2)
        pixels = pixels[:: -1 if mirror_y else 1, :: -1 if mirror_x else 1]
        return np.ascontiguousarray(pixels, dtype=np.uint8)


class _SeekMissed(Exception):
    """A seek did not lead to the frame that it should have led to."""


class _Reader:
    """Decoded frames in order of time, with one frame of look-ahead."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container, self._stream = container, stream
        self._decoded = _decode(container, stream)
        self._shown: VideoFrame | None = None
        self._ahead: VideoFrame | None = None
        self.has_moved = False

    def seek(self, timestamp: int) -> None:
        try:
            self._container.seek(timestamp, stream=self._stream, backward=True, any_frame=False)
        except av.FFmpegError:
            raise _SeekMissed from None
        self._decoded = _decode(self._container, self._stream)
        self._shown = self._ahead = None
        self.has_moved = True

    def frame_at(self, pts: int) -> VideoFrame | None:
        """The last frame at or before `pts`, else the first after it, else None; calls must not go back in time."""
        while self._shown is None or self._shown.pts != pts:
            frame = self._ahead or next(self._decoded, None)
            self._ahead = None
            if frame is None:
                break
            if frame.pts is None:
                continue
            if frame.pts > pts:
                self._ahead = frame
                break
            self._shown = frame
        return self._shown or self._ahead


def _decode(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """All frames from here on; packets that cannot be decoded give none, and damage to the container is the end."""
    with suppress(av.FFmpegError):
        for packet in container.demux(stream):
            with suppress(av.FFmpegError):
                yield from packet.decode()


def _frame_rate(declared: float, times: Sequence[float]) -> float:
    """Frames per second: what the file declares when its times agree within 2 %, else what the times say."""
    measured = (len(times) - 1) / times[-1] if times[-1] > 0 else 0.0
    if measured and not (declared and abs(declared / measured - 1) < 0.02):
        return measured
    return declared or 1.0


def _flips_of(frame: VideoFrame) -> tuple[bool, bool, bool]:
    """Transposed, mirrored left-right, mirrored up-down, from the display matrix [a b u; c d v; x y w].

    The matrix takes (x, y) to (a x + c y, b x + d y), y down, in 16.16 fixed point (ISO/IEC 14496-12, track header);
    angles between right angles count as the nearest of them.
    """
    side_data: Any = frame.side_data.get("DISPLAYMATRIX")
    if side_data is None:
        return False, False, False
    a, b, _, c, d = np.frombuffer(memoryview(side_data), np.int32)[:5].tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        return True, c < 0, b < 0
    return False, a < 0, d < 0
