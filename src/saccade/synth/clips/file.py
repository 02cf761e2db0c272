"""Clips as real video files, and sheets of frames to look at.

python -m saccade.synth.clips.file OUT.png      a sheet of two dozen clips
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from saccade.errors import BadInput, MissingExtra
from saccade.synth import fonts
from saccade.synth.clips.draw import draw_clips
from saccade.synth.clips.film import Film
from saccade.synth.clips.paint import Painter
from saccade.synth.sample import Sample, answer_text

_CODECS = (("libx264", {"preset": "veryfast", "crf": "16"}), ("mpeg4", {"qscale": "2"}))


def write_clip(path: str | Path, sample: Sample, *, fps: float = 10.0) -> int:
    """Draw a clip's film anew at `fps` frames a second and write it as H.264 (MPEG-4 where that is missing).

    `path` ends in .mp4, .mov or .mkv. The number of frames comes back. Raises BadInput for a sample without a film
    or with odd sides, MissingExtra where no encoder is built in.
    """
    values = sample.meta.get("film")
    if not isinstance(values, dict):
        raise BadInput("this sample holds no film", hint="draw it with the world 'clips'")
    film = Film.from_json(values)
    if film.height % 2 or film.width % 2:
        raise BadInput(f"a video file needs even sides, these are {film.height} x {film.width}")
    codec, options = _codec()
    painter = Painter(film)
    num_frames = round(film.duration_s * fps)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001), options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = film.width, film.height, "yuv420p"
        for number in range(num_frames):
            pixels = painter.frame(number / fps)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode())
    return num_frames


def _codec() -> tuple[str, dict[str, str]]:
    for name, options in _CODECS:
        if name in av.codecs_available:
            return name, dict(options)
    raise MissingExtra("this build of PyAV has no encoder for H.264 or MPEG-4", hint="install av from its wheels")


def sheet(samples: list[Sample], columns: int = 10) -> NDArray[np.uint8]:
    """Some frames of every clip in a row, with its answers below."""
    height, width = samples[0].image.shape[:2]
    row_height = height + 14 * 5
    page = Image.new("RGB", (columns * (width + 2), len(samples) * row_height), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    for row, sample in enumerate(samples):
        assert sample.clip is not None
        frames = sample.clip.frames
        for column, number in enumerate(np.linspace(0, len(frames) - 1, columns).round().astype(int).tolist()):
            left, top = column * (width + 2), row * row_height
            page.paste(Image.fromarray(frames[number]), (left, top))
            draw.text((left + 2, top + height - 11), f"{number / sample.clip.fps:.1f}", fill=(255, 0, 255))
        for line, turn in enumerate(sample.turns[:4]):
            answer = answer_text(turn.parts, lambda values, _: [round(value) for value in values])
            question = turn.prompt.splitlines()[0][-70:]
            draw.text((2, row * row_height + height + 2 + 14 * line), f"{question}  {answer}"[:230], fill=(0, 0, 0))
    return np.array(page, dtype=np.uint8)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m saccade.synth.clips.file OUT.png")
    drawn = [draw_clips(np.random.default_rng(seed), faces=fonts.faces("seen")) for seed in range(24)]
    Image.fromarray(sheet(drawn)).save(sys.argv[1])
