"""Messages become ids, positions and pixels, and the plan counts the same prompt without decoding."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from PIL import Image

from saccade.errors import BadMedia, BadMessages, MediaTooLarge
from saccade.families import FAMILIES, family_profile
from saccade.processing.chat import ChatTemplate
from saccade.processing.frames import format_timestamp
from saccade.processing.inputs import ModelInputs, Processor
from saccade.processing.patches import patches_of
from saccade.settings import Settings
from saccade.types import Size
from tests.tiny_tokenizer import tiny_tokenizer

TOKENIZER = tiny_tokenizer()
START, END = TOKENIZER.special_id("<|vision_start|>"), TOKENIZER.special_id("<|vision_end|>")
IMAGE_PAD, VIDEO_PAD = TOKENIZER.special_id("<|image_pad|>"), TOKENIZER.special_id("<|video_pad|>")


def processor(family: str = "qwen2-vl", **options: Any) -> Processor:
    return Processor(TOKENIZER, ChatTemplate.builtin(family), family_profile(family), **options)


def noise(height: int, width: int, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def ask(*content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(content)}]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds at 10 frames a second; frame k is gray with level 8 * k."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.bit_rate = 4_000_000
        for level in range(30):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 8 * level, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


# --- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_picture_and_a_question(family: str) -> None:
    ours = processor(family)
    inputs = ours.prepare(ask({"image": noise(300, 100)}, "What?"))
    (picture,) = inputs.media
    assert picture.tokens == inputs.media_tokens == inputs.input_ids.count(IMAGE_PAD)
    assert picture.pixels.shape == (1, picture.resized_size.height, picture.resized_size.width, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.source_size == Size(300, 100)
    assert inputs.positions.shape == (3, len(inputs.input_ids))
    assert inputs.rope_delta == inputs.positions.max() + 1 - len(inputs.input_ids)
    text = TOKENIZER.decode(inputs.input_ids, skip_special=False)
    assert text.replace("<|image_pad|>" * picture.tokens, "<|image_pad|>") == ours.template.render_text(
        ask({"image": "x"}, "What?")
    )
    first = inputs.input_ids.index(IMAGE_PAD)
    rows, columns = picture.grid[1] // 2, picture.grid[2] // 2
    block = inputs.positions[:, first : first + picture.tokens] - first
    assert (block[0] == 0).all()
    assert block[1].tolist() == [row for row in range(rows) for _ in range(columns)]
    assert block[2].tolist() == list(range(columns)) * rows


def test_pixels_come_from_the_file_upright(tmp_path: Path) -> None:
    image = noise(56, 84)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying, shown turned
    image.save(tmp_path / "turned.png", exif=exif)
    (picture,) = processor().prepare(ask({"image": str(tmp_path / "turned.png")}, "?")).media
    assert picture.source_size == Size(84, 56)
    assert np.array_equal(picture.pixels[0], np.asarray(image.transpose(Image.Transpose.ROTATE_270)))


def test_the_budget_of_a_picture_is_the_strongest_that_is_given() -> None:
    area = 28 * 28
    image = noise(600, 600)

    def tokens(ours: Processor, item: dict[str, Any] | None = None, **call: int) -> int:
        return ours.prepare(ask({"image": image, **(item or {})}, "?"), **call).media_tokens

    plain = processor(folder_limits=(None, 300 * area))
    loaded = processor(folder_limits=(None, 300 * area), max_pixels=200 * area)
    assert tokens(processor()) == 441
    assert tokens(plain) == 289
    assert tokens(loaded) == 196
    assert tokens(loaded, max_pixels=100 * area) == 100
    assert tokens(loaded, {"max_pixels": 49 * area}, max_pixels=100 * area) == 49
    assert tokens(loaded, {"resized_height": 56, "resized_width": 112}) == 8


def test_equal_pictures_have_equal_digests_and_others_do_not() -> None:
    ours = processor()

    def digest(image: Image.Image, **options: int) -> str:
        return ours.prepare(ask({"image": image, **options}, "?")).media[0].digest

    assert digest(noise(90, 90)) == digest(noise(90, 90))
    assert digest(noise(90, 90)) != digest(noise(90, 90, seed=1))
    assert digest(noise(90, 90)) != digest(noise(90, 90), max_pixels=4 * 784)
    black = [digest(Image.new("RGB", size)) for size in ((56, 112), (112, 56))]
    assert black[0] != black[1]


def test_user_text_cannot_bring_in_a_slot() -> None:
    inputs = processor().prepare(ask({"image": noise(56, 56)}, "<|vision_start|><|image_pad|><|vision_end|>"))
    assert inputs.input_ids.count(IMAGE_PAD) == inputs.media_tokens == 4
    assert inputs.input_ids.count(START) == inputs.input_ids.count(END) == 1


def test_a_picture_where_the_template_shows_none_is_refused() -> None:
    messages = [{"role": "system", "content": [{"image": noise(56, 56)}, "S"]}, *ask("x")]
    with pytest.raises(BadMessages, match=r"0 picture slot\(s\) .* 1 picture\(s\)"):
        processor("qwen3-vl").prepare(messages)


# --- raw prompts -----------------------------------------------------------------------------------------------------


def test_a_raw_prompt_is_used_as_it_is_with_its_media_in_front() -> None:
    inputs = processor().prepare(ask({"image": noise(56, 56)}, "<|im_start|>a", {"image": noise(56, 84)}), raw=True)
    one, two = [START, *[IMAGE_PAD] * 4, END], [START, *[IMAGE_PAD] * 6, END]
    assert inputs.input_ids == [*one, *two, TOKENIZER.special_id("<|im_start|>"), *TOKENIZER.encode("a")]


def test_a_raw_prompt_may_place_its_media_itself() -> None:
    text = "a<|vision_start|><|image_pad|><|vision_end|>b"
    inputs = processor().prepare(ask({"image": noise(56, 56)}, text), raw=True)
    assert inputs.input_ids == [*TOKENIZER.encode("a"), START, *[IMAGE_PAD] * 4, END, *TOKENIZER.encode("b")]
    with pytest.raises(BadMessages, match=r"1 picture slot\(s\)"):
        processor().prepare(ask({"image": noise(56, 56)}, {"image": noise(56, 56)}, text), raw=True)
    with pytest.raises(BadMessages, match="takes no tools"):
        processor().prepare("x", raw=True, tools=[{"name": "f"}])
    assert processor().prepare("ab", raw=True).input_ids == TOKENIZER.encode("ab")


# --- videos ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl"])
def test_a_video_of_the_older_families(family: str, clip: Path) -> None:
    inputs = processor(family).prepare(ask({"video": str(clip), "max_pixels": 20_000}, "?"))
    (video,) = inputs.media
    assert video.kind == "video" and video.grid[0] == 3
    assert video.pixels.shape == (6, video.resized_size.height, video.resized_size.width, 3)
    assert inputs.input_ids.count(VIDEO_PAD) == video.tokens == inputs.media_tokens
    indices = [0, 6, 12, 17, 23, 29]
    assert video.frame_times == pytest.approx([index / 10 for index in indices])
    assert video.pixels.mean(axis=(1, 2, 3)) == pytest.approx([8 * index for index in indices], abs=3)
    assert video.seen.duration_s == pytest.approx(3.0)
    first = inputs.input_ids.index(VIDEO_PAD)
    times = inputs.positions[0, first : first + video.tokens].reshape(3, -1)[:, 0] - first
    assert times.tolist() == ([0, 1, 2] if family == "qwen2-vl" else [0, 2, 4])
    assert video.seconds_per_grid == pytest.approx(1.0)


@pytest.mark.parametrize("outer", [False, True])
def test_a_video_of_qwen3_has_written_times(clip: Path, outer: bool) -> None:
    ours = processor("qwen3-vl", outer_vision_tokens=outer)
    inputs = ours.prepare(ask("(", {"video": str(clip), "fps": 4}, ")"))
    (video,) = inputs.media
    per_step = video.tokens // len(video.timestamps)
    text = TOKENIZER.decode(inputs.input_ids, skip_special=False).replace("<|video_pad|>" * per_step, "V")
    steps = "".join(f"{format_timestamp(time)}<|vision_start|>V<|vision_end|>" for time in video.timestamps)
    slot = f"<|vision_start|>{steps}<|vision_end|>" if outer else steps
    assert text == f"<|im_start|>user\n({slot})<|im_end|>\n<|im_start|>assistant\n"
    if not outer:  # the text before a time is tokenised together with it, as in the reference
        before = TOKENIZER.encode(f"user\n({format_timestamp(video.timestamps[0])}")
        assert inputs.input_ids[1 : inputs.input_ids.index(START)] == before


def test_an_odd_list_of_frames_is_filled_up_and_measured_once() -> None:
    frames = [noise(60, 90, seed=seed) for seed in range(3)]
    inputs = processor("qwen2.5-vl").prepare(ask({"video": frames, "sample_fps": 4, "max_pixels": 10_000}, "?"))
    (video,) = inputs.media
    assert video.pixels.shape[0] == 4 and video.grid[0] == 2
    assert np.array_equal(video.pixels[2], video.pixels[3])
    assert not np.array_equal(video.pixels[1], video.pixels[2])
    assert video.seconds_per_grid == 0.5 and len(video.frame_times) == 3
    stacked = np.stack([np.asarray(frame) for frame in frames])
    again = processor("qwen2.5-vl").prepare(ask({"video": stacked, "sample_fps": 4, "max_pixels": 10_000}, "?"))
    assert again.media[0].digest == video.digest
    slower = processor("qwen2.5-vl").prepare(ask({"video": frames, "sample_fps": 2, "max_pixels": 10_000}, "?"))
    assert slower.media[0].digest != video.digest


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl"])
def test_the_same_frames_are_another_prompt_as_pictures_than_as_a_video(family: str) -> None:
    frames = [noise(112, 140, seed) for seed in range(4)]
    ours = processor(family)
    pictures = ours.prepare(ask(*({"type": "image", "image": frame} for frame in frames), "What moves?"))
    video = ours.prepare(ask({"type": "video", "video": frames, "sample_fps": 1}, "What moves?"))
    assert [item.kind for item in pictures.media] == ["image"] * 4
    assert [item.kind for item in video.media] == ["video"]
    # Two frames share a step of tokens; only the video has times.
    assert (video.media[0].grid[0], pictures.media[0].grid[0]) == (2, 1)
    assert video.media[0].frame_times == (0.0, 1.0, 2.0, 3.0)
    assert not any(item.frame_times for item in pictures.media)
    assert video.input_ids != pictures.input_ids


def test_a_picture_is_a_video_of_itself_twice() -> None:
    frame = noise(112, 140)
    ours, size = processor("qwen2-vl"), {"resized_height": 112, "resized_width": 140}
    (picture,) = ours.prepare(ask({"type": "image", "image": frame, **size}, "What?")).media
    (still,) = ours.prepare(ask({"type": "video", "video": [frame, frame], **size}, "What?")).media
    assert picture.grid == still.grid == (1, 8, 10) and picture.tokens == still.tokens == 20
    profile = ours.profile
    assert torch.equal(patches_of(picture.pixels, profile), patches_of(still.pixels, profile))


def test_a_video_from_bytes_equals_the_one_from_its_file(clip: Path) -> None:
    item = {"max_pixels": 20_000, "nframes": 4}
    from_file = processor().prepare(ask({"video": str(clip), **item}, "?"))
    from_bytes = processor().prepare(ask({"video": clip.read_bytes(), **item}, "?"))
    assert from_file.media[0].digest == from_bytes.media[0].digest
    assert from_file.input_ids == from_bytes.input_ids


def test_videos_that_do_not_fit_are_refused(clip: Path) -> None:
    ours = processor()
    with pytest.raises(BadMessages, match="not both"):
        ours.prepare(ask({"video": str(clip), "fps": 1, "nframes": 4}, "?"))
    with pytest.raises(BadMedia, match="frame 1 of a video is 50x50"):
        ours.prepare(ask({"video": [noise(60, 60), noise(50, 50)]}, "?"))
    with pytest.raises(BadMedia, match="frame 1 of a video is 50x50"):
        ours.plan(ask({"video": [noise(60, 60), noise(50, 50)]}, "?"))
    with pytest.raises(BadMessages, match="empty list of frames"):
        ours.prepare(ask({"video": []}, "?"))
    with pytest.raises(MediaTooLarge, match="at most 2"):
        processor(settings=Settings(max_frames=2)).prepare(ask({"video": [noise(60, 60)] * 3}, "?"))
    with pytest.raises(MediaTooLarge, match="more than the allowed 0 MiB"):
        processor(settings=Settings(max_decoded_bytes=1000)).prepare(ask({"video": [noise(60, 60)] * 2}, "?"))


def test_the_rule_of_the_qwen3_video_processor_can_be_chosen(clip: Path) -> None:
    inputs = processor("qwen3-vl", video_rule="hf-qwen3").prepare(ask({"video": str(clip)}, "?"))
    assert inputs.media[0].resized_size == Size(64, 96)
    assert len(inputs.media[0].frame_times) == 6


# --- the plan --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("raw", [False, True])
def test_the_plan_counts_what_prepare_makes(family: str, raw: bool, clip: Path, tmp_path: Path) -> None:
    noise(211, 133).save(tmp_path / "a.png")
    messages = ask(
        "See",
        {"image": str(tmp_path / "a.png")},
        {"video": str(clip), "fps": 3, "max_pixels": 30_000},
        {"video": [noise(60, 90)] * 3},
        {"image": png(noise(50, 50)), "min_pixels": 100_000},
        "and say.",
    )
    options: dict[str, Any] = {"raw": raw, "max_pixels": 90_000}
    if not raw:
        options |= {"tools": [{"type": "function", "function": {"name": "f"}}], "add_vision_id": True}
    ours = processor(family)
    plan, inputs = ours.plan(messages, **options), ours.prepare(messages, **options)
    assert plan.prompt_tokens == len(inputs.input_ids)
    assert plan.media_tokens == inputs.media_tokens == sum(item.tokens for item in plan.media)
    assert plan.media == tuple(item.seen for item in inputs.media)


def test_the_plan_decodes_no_pixel(tmp_path: Path) -> None:
    data = png(noise(400, 300))
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    assert processor().plan(ask({"image": str(tmp_path / "cut.png")}, "?")).media_tokens == 14 * 11
    with pytest.raises(BadMedia):
        processor().prepare(ask({"image": str(tmp_path / "cut.png")}, "?"))


def test_an_open_answer_and_a_closed_prompt() -> None:
    messages = [*ask("Count."), {"role": "assistant", "content": "1, 2,"}]
    ours = processor()
    left_open: ModelInputs = ours.prepare(messages, continue_final=True)
    assert TOKENIZER.decode(left_open.input_ids[-4:]).endswith("2,")
    closed = ours.prepare(messages, add_generation_prompt=False)
    assert TOKENIZER.decode(closed.input_ids, skip_special=False).endswith("1, 2,<|im_end|>\n")
    assert ours.plan(messages, continue_final=True).prompt_tokens == len(left_open.input_ids)
