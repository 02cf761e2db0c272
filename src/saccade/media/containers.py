"""Video files opened safely: the container is told by content and the decoder must be on a list.

FFmpeg guesses formats and follows playlists, references and rare decoders, which has been a way to read local files
and to run code. So the demuxer is fixed by the first bytes, only ever reads the one file that it was given, knows no
network, and only the decoders of everyday video may open, while probing as well.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.stream import Disposition

from saccade.errors import BadMedia, MediaTooLarge
from saccade.media.fetch import local_path, read_bytes
from saccade.media.image import sniff_format
from saccade.media.naming import source_name
from saccade.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.video.stream import VideoStream

DECODERS = (
    "h264", "hevc", "libdav1d", "libaom-av1", "av1", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "mpeg1video",
    "mpeg2video", "mjpeg", "h263", "flv", "msmpeg4v2", "msmpeg4", "wmv1", "wmv2", "wmv3", "vc1", "theora", "prores",
    "ffv1", "dvvideo", "gif", "png",
)  # fmt: skip
CONTAINERS = "MP4, MOV, MKV, WEBM, AVI, MPEG, TS, FLV, OGG, WMV and GIF"
_HEAD_BYTES = 400
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")


def sniff_container(head: bytes) -> str | None:
    """FFmpeg's name of the demuxer for a file that starts with `head` (400 bytes), or None when it is no video."""
    if head[4:8] in _MP4_BOXES:
        return None if sniff_format(head[:32]) else "mov"  # AVIF and HEIF pictures are of the same family
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return "avi"
    for first, step in ((0, 188), (4, 192)):  # 192-byte packets are those of cameras and Blu-ray
        if len(head) > first + 2 * step and head[first] == head[first + step] == head[first + 2 * step] == 0x47:
            return "mpegts"
    for start, name in (
        (b"\0\0\1\xba", "mpeg"), (b"FLV\1", "flv"), (b"OggS", "ogg"), (b"0&\xb2u\x8ef\xcf\x11", "asf"),
        (b"GIF87a", "gif"), (b"GIF89a", "gif"),
    ):  # fmt: skip
        if head.startswith(start):
            return name
    return None


class VideoFile:
    """One source of video that can be opened many times: a local path, or bytes in memory."""

    def __init__(self, source: Any, settings: Settings) -> None:
        """Fetch `source` if it is not a local file. Raises FetchError, MediaTooLarge, BadMedia (no video)."""
        self.name = source_name(source)
        self.settings = settings
        self._path = local_path(source, settings)
        self._data = b"" if self._path else read_bytes(source, settings, kind="video")
        head = self._head()
        if not head:
            raise BadMedia(f"{self.name!r} is empty (0 bytes)", hint="check how it was made or sent")
        demuxer = sniff_container(head)
        if demuxer is None:
            looks = "a picture" if sniff_format(head[:32]) else "something else"
            raise BadMedia(f"{self.name!r} is not a video: its content is {looks}", hint=f"allowed are {CONTAINERS}")
        self.demuxer = demuxer

    def _head(self) -> bytes:
        if self._path is None:
            return self._data[:_HEAD_BYTES]
        try:
            with self._path.open("rb") as file:
                return file.read(_HEAD_BYTES)
        except OSError:
            raise BadMedia(f"{self.name!r} cannot be read", hint="check its permissions") from None

    @contextmanager
    def open(self, threads: int) -> Iterator[tuple[InputContainer, VideoStream]]:
        """The container and its video stream, decoding with `threads` threads, closed at the end."""
        # "file:" keeps FFmpeg from reading a protocol out of an odd file name.
        target = f"file:{Path(self._path).absolute()}" if self._path else io.BytesIO(self._data)
        # Frames this large would be refused below; here it keeps even probing from allocating them.
        max_pixels = str(2 * self.settings.max_image_pixels)
        options = {"protocol_whitelist": "file", "codec_whitelist": ",".join(DECODERS), "max_pixels": max_pixels}
        try:
            container = av.open(target, "r", format=self.demuxer, options=options, metadata_errors="replace")
        except (av.FFmpegError, ValueError, OSError, MemoryError):
            raise self.broken("cannot be opened as a video") from None
        with container:
            stream = self._video_stream(container)
            context = stream.codec_context
            context.thread_type = "AUTO"
            context.thread_count = threads
            context.options = {"max_pixels": max_pixels}
            yield container, stream

    def _video_stream(self, container: InputContainer) -> VideoStream:
        streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
        if not streams:
            raise BadMedia(f"{self.name!r} has no moving picture in it", hint="a file with sound alone is not enough")
        stream = streams[0]
        context = stream.codec_context
        if context is None or context.name not in DECODERS:
            codec = "an unknown codec" if context is None else f"the codec {context.name!r}"
            raise BadMedia(f"{self.name!r} is coded with {codec}, which is not read here", hint="convert it to H.264")
        if context.width * context.height > self.settings.max_image_pixels:
            raise MediaTooLarge(
                f"{self.name!r} has frames of {context.height} x {context.width}, more than the allowed "
                f"{self.settings.max_image_pixels:,} pixels", hint="scale it down")  # fmt: skip
        return stream

    def broken(self, what: str) -> BadMedia:
        return BadMedia(f"{self.name!r} {what}: it is cut short or damaged", hint="save or send it again")
