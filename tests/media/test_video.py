"""Videos: exact frames by number and time, proven by numbers drawn as large black and white squares."""

from __future__ import annotations

import io
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadMedia, FetchError, MediaTooLarge
from saccade.media.video import Video, _Reader, frame_times, frames_at, probe_video, read_frames
from saccade.settings import Settings
from saccade.types import Size
from tests.media.clips import HEIGHT, SETTINGS, WIDTH, X264, make_video, number_in, numbered


@pytest.fixture(scope="module")
def clip() -> bytes:
    return make_video()


KINDS = {
    "mp4 with B-frames": ("mp4", "libx264", X264),
    "mp4 with open groups of pictures": ("mp4", "libx264", {**X264, "x264-params": "open-gop=1:keyint=12:bframes=3"}),
    "mp4 with one key frame only": ("mp4", "libx264", {**X264, "g": "999"}),
    "mp4 of MPEG-4 part 2": ("mp4", "mpeg4", {"g": "12"}),
    "matroska": ("matroska", "libx264", X264),
    "webm of VP8": ("webm", "libvpx", {"g": "12", "deadline": "realtime", "auto-alt-ref": "1"}),
    "mpegts": ("mpegts", "libx264", X264),
    "avi with B-frames": ("avi", "mpeg4", {"g": "12", "bf": "2"}),
    "fragmented mp4": ("mp4", "libx264", X264),
}


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_exact_in_every_container(kind):
    form, codec, options = KINDS[kind]
    extra = {"movflags": "frag_keyframe+empty_moov"} if kind.startswith("fragmented") else None
    video = Video(make_video(40, form, codec, options=options, container_options=extra), SETTINGS)
    assert (video.info.size, video.info.num_frames) == (Size(HEIGHT, WIDTH), 40)
    assert video.info.fps == pytest.approx(25, rel=1e-6)
    assert video.info.duration_s == pytest.approx(1.6, abs=2e-3)
    assert video.times == pytest.approx([number / 25 for number in range(40)], abs=1e-3)
    assert [number_in(frame) for frame in video.frames(range(40))] == list(range(40))
    for wanted in ([0], [39], [13, 27], [30, 30, 2], [11, 12, 13, 36], [38, 5]):
        assert [number_in(frame) for frame in video.read(wanted)] == wanted


def test_the_functions_give_what_the_class_gives(clip, tmp_path):
    path = tmp_path / "a clip, 100%.mp4"
    path.write_bytes(clip)
    for source in (clip, path, str(path), path.as_uri()):
        assert probe_video(source, SETTINGS).num_frames == 60
        assert [number_in(frame) for frame in read_frames(source, [7, 59, 7], SETTINGS)] == [7, 59, 7]
        assert frame_times(source, SETTINGS)[50] == pytest.approx(2.0)
        assert [number_in(frame) for frame in frames_at(source, [0.99, 1.0, 99.0], SETTINGS)] == [24, 25, 59]
    assert probe_video(clip, SETTINGS).codec == "h264"
    assert read_frames(clip, [], SETTINGS) == []


def test_uneven_frame_times_are_kept_and_found():
    times_ms = [0, 40, 50, 500, 510, 1500, 1533, 1567, 3000, 3001]
    data = make_video(10, times_ms=times_ms)
    video = Video(data, SETTINGS)
    assert video.times == pytest.approx([time / 1000 for time in times_ms], abs=1e-4)
    assert video.info.fps == pytest.approx(9 / 3.001, rel=0.12)  # an average: the file has one duration, not ten
    wanted = [
        (0.0, 0),
        (0.0399, 0),
        (0.04, 1),
        (0.499, 2),
        (0.5, 3),
        (1.4999, 4),
        (2.999, 7),
        (3.0, 8),
        (5.0, 9),
        (-1, 0),
    ]
    frames = frames_at(data, [time for time, _ in wanted], SETTINGS)
    assert [number_in(frame) for frame in frames] == [number for _, number in wanted]


def test_frames_that_share_their_time_are_told_by_counting():
    """Matroska keeps milliseconds: at 4000 frames per second four frames bear the same one."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("ffv1", rate=4000)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(number), format="rgb24")))
        container.mux(stream.encode())
    video = Video(buffer.getvalue(), SETTINGS)
    assert (video.info.num_frames, video.times[-1]) == (20, pytest.approx(0.005, abs=1e-3))
    assert len(set(video.times)) < 20
    assert [number_in(frame) for frame in video.read([19, 3, 4])] == [19, 3, 4]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("form", ["mp4", "matroska"])
def test_rotation_and_mirror_metadata_are_applied(degrees, mirrored, form):
    """The writer asks for a turn counter-clockwise by `degrees`, then a mirror; the reader must show just that."""
    data = make_video(3, form, rotation=(degrees, mirrored, False))
    stored = make_video(3, form)
    plain = read_frames(stored, [2], SETTINGS)[0]
    expected = np.rot90(plain, degrees // 90)[:, :: -1 if mirrored else 1]
    video = Video(data, SETTINGS)
    assert video.info.size == Size(*expected.shape[:2])
    assert np.array_equal(video.read([2])[0], expected)


def test_a_seek_is_used_and_gives_the_same_frames_as_none(monkeypatch):
    data = make_video(200)
    video = Video(data, SETTINGS)
    all_frames = list(video.frames(range(200)))
    seeks = []
    seek = _Reader.seek
    monkeypatch.setattr(_Reader, "seek", lambda self, timestamp: (seeks.append(timestamp), seek(self, timestamp))[1])
    wanted = [5, 30, 31, 100, 150, 199]
    for number, frame in zip(wanted, video.read(wanted), strict=True):
        assert np.array_equal(frame, all_frames[number]), number
    assert len(seeks) == 4  # not for 5 and 31


def test_a_seek_that_lands_too_late_is_noticed_and_made_good(clip, monkeypatch):
    seek = _Reader.seek
    monkeypatch.setattr(_Reader, "seek", lambda self, timestamp: seek(self, timestamp + 20 * 512 * 25))
    assert [number_in(frame) for frame in read_frames(clip, [3, 20, 40], SETTINGS)] == [3, 20, 40]


def test_frames_cut_away_by_an_edit_list_are_not_counted():
    """A cut without new encoding keeps earlier packets for decoding and marks them as not shown."""
    source = io.BytesIO(make_video(60))
    cut = io.BytesIO()
    with (
        av.open(source) as reader,
        av.open(cut, "w", format="mp4", options={"avoid_negative_ts": "disabled"}) as writer,
    ):
        stream = writer.add_stream_from_template(reader.streams.video[0])
        for packet in reader.demux(reader.streams.video[0]):
            if packet.dts is None:
                continue
            shift = int(Fraction(20, 25) / packet.time_base)
            packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
            writer.mux(packet)
    video = Video(cut.getvalue(), SETTINGS)
    numbers = [number_in(frame) for frame in video.frames(range(video.info.num_frames))]
    assert numbers == list(range(20, 60))
    assert [number_in(frame) for frame in video.read([0, 25, 39])] == [20, 45, 59]


def test_memory_does_not_grow_with_the_video():
    data = make_video(300)
    video = Video(data, SETTINGS)
    tracemalloc.start()
    numbers = [number_in(frame) for frame in video.frames(range(300))]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert numbers == list(range(300))
    assert peak < 20 * HEIGHT * WIDTH * 3  # of the 300 frames


def test_colours_follow_the_matrix_that_the_file_names():
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, value in zip(frame.planes, (63, 102, 240), strict=True):  # pure red in BT.709
        plane.update(bytes([value]) * plane.buffer_size)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        options = {**X264, "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "crf": "1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    pixels = read_frames(buffer.getvalue(), [0], SETTINGS)[0]
    assert np.abs(pixels.astype(int) - [255, 0, 0]).max() <= 6


# --- refusals --------------------------------------------------------------------------------------------------------


def test_numbers_outside_the_file_are_refused(clip):
    for wanted in ([60], [-1], [0, 100]):
        with pytest.raises(BadMedia, match="frames 0 to 59"):
            read_frames(clip, wanted, SETTINGS)
    with pytest.raises(BadMedia, match="not a number of seconds"):
        frames_at(clip, [float("nan")], SETTINGS)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_video_seconds": 2.0}, "more than the allowed 2 s"),
        ({"max_video_frames": 59}, "more than the allowed 59 frames"),
        ({"max_image_pixels": HEIGHT * WIDTH - 1}, "frames of 48 x 80"),
        ({"max_frames": 2}, "more than the allowed 2"),
        ({"max_decoded_bytes": 2 * HEIGHT * WIDTH * 3}, "frames of 48 x 80 need"),
        ({"max_video_bytes": 1000}, "SACCADE_MAX_VIDEO_BYTES"),
    ],
)
def test_each_limit_is_kept(clip, limits, words):
    with pytest.raises(MediaTooLarge, match=words):
        read_frames(clip, [0, 1, 2], Settings(**limits))


def test_a_file_cut_short_says_how_much_is_left(tmp_path):
    front = make_video(60, container_options={"movflags": "faststart"}, path=tmp_path / "index in front.mp4")
    with pytest.raises(BadMedia, match=r"holds only \d+ of its 60 frames"):
        probe_video(front[: len(front) * 2 // 3], SETTINGS)


def test_broken_files_are_one_sentence_with_their_name(tmp_path, clip, capfd):
    generator = np.random.default_rng(0)
    mdat = clip.index(b"mdat")
    cases = {
        "index missing": clip[: len(clip) // 2],
        "noise behind a header": clip[:32] + generator.bytes(3000),
        "pictures wiped out": clip[: mdat + 4]
        + b"\0" * (clip.index(b"moov") - mdat - 8)
        + clip[clip.index(b"moov") - 4 :],
        "nothing but a header": b"\x1aE\xdf\xa3",
    }
    for name, data in cases.items():
        path = tmp_path / f"{name}.mp4"
        path.write_bytes(data)
        with pytest.raises(BadMedia, match=name) as caught:
            read_frames(path, [0], SETTINGS)
        assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_flipped_bytes_never_escape_as_another_error(clip):
    generator = np.random.default_rng(5)
    outcomes = set()
    for _ in range(40):
        damaged = np.frombuffer(clip, np.uint8).copy()
        where = generator.integers(0, len(clip), 12)
        damaged[where] = generator.integers(0, 256, 12)
        try:
            read_frames(damaged.tobytes(), [0, 30], SETTINGS)
            outcomes.add("read")
        except BadMedia:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_what_is_no_video_is_said_so(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    with pytest.raises(BadMedia, match="not a video: its content is a picture"):
        probe_video(buffer.getvalue(), SETTINGS)
    with pytest.raises(FetchError, match="no file"):
        probe_video(tmp_path / "none.mp4", SETTINGS)


@pytest.mark.parametrize("text", ["#EXTM3U\n#EXTINF:1,\nfile://{0}\n", "ffconcat version 1.0\nfile {0}\n"])
def test_playlists_that_name_other_files_are_never_followed(tmp_path, text, clip):
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(clip)
    playlist = tmp_path / "list.mp4"
    playlist.write_text(text.format(secret))
    with pytest.raises(BadMedia, match="not a video"):
        probe_video(playlist, SETTINGS)


def test_a_codec_outside_the_list_and_sound_alone_are_refused():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mov") as container:
        stream = container.add_stream("jpeg2000", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(WIDTH, HEIGHT, "yuv420p")))
        container.mux(stream.encode())
    with pytest.raises(BadMedia, match="jpeg2000"):
        probe_video(buffer.getvalue(), SETTINGS)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(sound.encode(frame))
        container.mux(sound.encode())
    with pytest.raises(BadMedia, match="no moving picture"):
        probe_video(buffer.getvalue(), SETTINGS)


def test_an_animated_gif_is_a_video_too():
    frames = [Image.fromarray(numbered(number)) for number in range(6)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100)
    video = Video(buffer.getvalue(), SETTINGS)
    assert [number_in(frame) for frame in video.read(range(6))] == list(range(6))
    assert video.times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_a_relative_name_that_looks_like_a_protocol_is_a_file(tmp_path, monkeypatch, clip):
    monkeypatch.chdir(tmp_path)
    Path("concat:a.mp4").write_bytes(clip)
    assert probe_video("concat:a.mp4", SETTINGS).num_frames == 60
