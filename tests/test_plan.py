"""Plans: exact in tokens, honest about memory, and light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from saccade.errors import BadInput, BadMessages, FetchError, UnknownModel
from saccade.models.config import ModelConfig
from saccade.models.sizes import published_config
from saccade.plan import messages_to_plan, plan, plan_prompt, prefill_bytes, vision_bytes
from saccade.processing.inputs import PromptPlan
from saccade.session import Model
from saccade.types import MediaSeen, Message, Part, Size

ROOT = Path(__file__).parents[1]
SEVEN = ModelConfig.from_json(published_config("Qwen2.5-VL-7B"))


def page(height: int, width: int) -> Part:
    return Part("image", source=Image.new("L", (width, height)))


def test_tokens_are_those_the_request_really_takes(random_model: Model, picture: Path):
    for items in ([picture, "What is it?"], [picture, picture, "Grüße, 世界"], ["Hello"]):
        assert random_model.plan(*items).prompt_tokens == random_model.ask(*items, max_tokens=1).usage.prompt_tokens


def test_memory_of_keys_and_values_is_what_the_cache_takes(random_model: Model):
    planned = random_model.plan("Hello", max_tokens=20)
    cache = random_model.engine.runner.model.new_cache(planned.total_tokens)  # type: ignore[attr-defined]
    assert planned.kv_bytes == cache.nbytes


def test_weights_are_what_the_network_holds(random_model: Model):
    network = random_model.engine.runner.model  # type: ignore[attr-defined]
    assert random_model.plan("x").weight_bytes == sum(p.numel() * p.element_size() for p in network.parameters())


def test_a_published_size_needs_nothing_on_this_machine():
    result = plan("Qwen2.5-VL-7B", [Message("user", (page(1080, 1920), Part("text", "What is the total?")))])
    assert (result.media_tokens, result.media[0].resized_size) == (2691, Size(1092, 1932))
    assert (result.model, result.family, result.dtype) == ("Qwen2.5-VL-7B", "qwen2.5-vl", "bfloat16")
    assert result.weight_bytes == 2 * 8_292_166_656
    assert result.text_is_estimated
    assert result.kv_bytes == result.total_tokens * 2 * 28 * 4 * 128 * 2
    assert result.total_bytes == result.weight_bytes + result.kv_bytes + result.activation_bytes


@pytest.mark.parametrize("text", ["Hi", "Read all the text in the image.", "What is the total of this receipt? " * 20])
def test_the_estimate_of_a_text_is_near_the_truth(checkpoint_folder: Path, text: str):
    # The published tokenizer is not here; its count is that of English words and marks, nearly.
    words = len(text.replace("?", " ?").replace(".", " .").split())
    estimate = plan("Qwen2.5-VL-7B", text)
    assert estimate.prompt_tokens == pytest.approx(words + 21, rel=0.3)


def test_a_folder_with_a_tokenizer_is_planned_exactly(checkpoint_folder: Path, random_model: Model, picture: Path):
    message = Message("user", (Part("image", source=picture), Part("text", "What?")))
    result = plan(checkpoint_folder, [message])
    assert not result.text_is_estimated
    assert result.prompt_tokens == random_model.plan(picture, "What?").prompt_tokens


def test_a_folder_without_weights_or_tokenizer_is_enough(checkpoint_folder: Path, tmp_path: Path):
    (tmp_path / "config.json").write_bytes((checkpoint_folder / "config.json").read_bytes())
    result = plan(tmp_path, [Message("user", (page(112, 112), Part("text", "What?")))])
    assert (result.media_tokens, result.text_is_estimated) == (16, True)


@pytest.mark.parametrize(
    ("limits", "tokens"), [({"max_pixels": 1280 * 784}, 1222), ({"min_pixels": 4000 * 784}, 48 * 85)]
)
def test_limits_change_the_tokens(limits: dict[str, int], tokens: int):
    result = plan("Qwen2.5-VL-7B", [Message("user", (page(1080, 1920),))], **limits)  # type: ignore[arg-type]
    assert result.media_tokens == tokens


@pytest.mark.parametrize(("dtype", "bytes_each"), [("float32", 4.0), ("bfloat16", 2.0), ("int8", 1.2), ("int4", 0.8)])
def test_a_smaller_dtype_takes_less(dtype: str, bytes_each: float):
    result = plan("Qwen2.5-VL-7B", "Hi", dtype=dtype)
    assert result.weight_bytes / 8_292_166_656 == pytest.approx(bytes_each, rel=0.1)


def test_an_unknown_dtype_or_model_is_said():
    with pytest.raises(BadInput, match="unknown dtype 'fp8'; use one of float32"):
        plan("Qwen2.5-VL-7B", "Hi", dtype="fp8")
    with pytest.raises(UnknownModel, match="there is no model 'Qwen9-VL'"):
        plan("Qwen9-VL", "Hi")
    with pytest.raises(FetchError, match="there is no file"):
        plan("Qwen2.5-VL-7B", [Message("user", (Part("image", source="missing.png"),))])


def test_what_does_not_fit_the_context_is_shown():
    prompt = PromptPlan(prompt_tokens=900, media_tokens=0)
    assert plan_prompt(SEVEN, prompt, name="x", dtype="bfloat16", max_tokens=100, max_context=1000).fits_context
    over = plan_prompt(SEVEN, prompt, name="x", dtype="bfloat16", max_tokens=101, max_context=1000)
    assert not over.fits_context
    assert "1001 of 1000 tokens  DOES NOT FIT" in str(over)
    assert over.as_dict()["total_tokens"] == 1001


def test_activations_grow_with_patches_and_tokens():
    def seen(steps: int) -> MediaSeen:
        return MediaSeen("video", Size(56, 56), Size(56, 56), (steps, 4, 4), 4 * steps)

    assert vision_bytes(SEVEN, [seen(2)], 2) == 2 * vision_bytes(SEVEN, [seen(1)], 2)
    assert vision_bytes(SEVEN, [], 2) == 0
    assert prefill_bytes(SEVEN, 200, 2) > prefill_bytes(SEVEN, 100, 2) > 100 * 3 * 18944 * 2


def test_media_and_prompts_are_told_apart(picture: Path):
    (message,) = messages_to_plan([str(picture)])
    assert [part.kind for part in message.parts] == ["image"]  # type: ignore[union-attr]
    (message,) = messages_to_plan(["missing.png", {"type": "image", "image": "b.png"}, "Why?"])
    assert [part.kind for part in message.parts] == ["image", "image", "text"]  # type: ignore[union-attr]
    (message,) = messages_to_plan(["Why?"])
    assert [part.kind for part in message.parts] == ["text"]  # type: ignore[union-attr]
    messages = [{"role": "user", "content": "Why?"}]
    assert messages_to_plan([messages]) is messages
    with pytest.raises(BadMessages, match="plan needs at least one"):
        messages_to_plan([])


def test_planning_a_file_loads_no_torch(picture: Path):
    code = (
        "import sys; from saccade.plan import plan; from saccade.types import Message, Part;"
        f"plan('Qwen2.5-VL-7B', [Message('user', (Part('image', source={str(picture)!r}),))]);"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.stdout.strip() == "False", done.stderr
