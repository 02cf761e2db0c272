"""The calls of transformers and qwen-vl-utils, answered alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saccade.compat import Processor, pipeline, process_vision_info
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput, BadMessages
from saccade.session import Model

PIXELS = np.random.default_rng(0).integers(0, 256, (70, 100, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)


def conversation(*pictures: Any, prompt: str = "What is it?") -> list[dict[str, Any]]:
    items = [{"type": "image", "image": picture} for picture in pictures]
    return [{"role": "user", "content": [*items, {"type": "text", "text": prompt}]}]


@pytest.fixture(scope="module")
def processor(checkpoint_folder: Path) -> Processor:
    return Processor.from_pretrained(checkpoint_folder)


# --- pipeline ------------------------------------------------------------------------------------------------------


def answering(*answers: str) -> Any:
    return pipeline("image-text-to-text", model=Model(ScriptedEngine(list(answers))))


def test_a_conversation_comes_back_with_the_answer_added():
    messages = conversation(PICTURE)
    (result,) = answering("A cat.")(text=messages, max_new_tokens=20)
    assert result["input_text"] is messages
    assert result["generated_text"] == [*messages, {"role": "assistant", "content": "A cat."}]


def test_the_answer_alone_comes_back_on_request():
    assert answering("A cat.")(conversation(PICTURE), return_full_text=False)[0]["generated_text"] == "A cat."


def test_pictures_and_a_prompt_may_come_apart():
    pipe = answering("A cat.", "One.", "Two.")
    assert pipe(PICTURE, text="What? ", return_full_text=True)[0]["generated_text"] == "What? A cat."
    results = pipe(images=[PICTURE, [PICTURE, PICTURE]], text=["a", "b"], return_full_text=False)
    assert [result[0]["generated_text"] for result in results] == ["One.", "Two."]
    asked = pipe.model.engine.requests[-1].messages[0].parts
    assert [part.kind for part in asked] == ["image", "image", "text"]


def test_several_conversations_give_several_lists():
    results = answering("1", "2")(text=[conversation(PICTURE), conversation()], return_full_text=False)
    assert [result[0]["generated_text"] for result in results] == ["1", "2"]


def test_a_conversation_that_ends_with_the_assistant_is_gone_on_with():
    pipe = answering(" a dog.")
    messages = [*conversation(PICTURE), {"role": "assistant", "content": "This is"}]
    (result,) = pipe(text=messages)
    assert result["generated_text"][-1] == {"role": "assistant", "content": "This is a dog."}
    assert pipe.model.engine.requests[0].prompt_options["continue_final"] is True


def test_generation_options_keep_their_meaning():
    pipe = answering("a", "b", "c")
    pipe(text="x", generate_kwargs={"max_new_tokens": 5, "temperature": 0.7})
    pipe(text="x", max_new_tokens=6, do_sample=True, temperature=0.7, top_p=0.8, stop_sequence="end")
    pipe(text="x")
    greedy, sampled, default = (request.params for request in pipe.model.engine.requests)
    assert (greedy.max_tokens, greedy.temperature) == (5, 0)
    assert (sampled.max_tokens, sampled.temperature, sampled.top_p, sampled.stop) == (6, 0.7, 0.8, ("end",))
    assert default.max_tokens == 256


def test_wrong_calls_are_said():
    with pytest.raises(BadInput, match="unknown pipeline task 'text-generation'"):
        pipeline("text-generation")
    with pytest.raises(BadMessages, match="called without text"):
        answering("x")(images=PICTURE)
    with pytest.raises(BadMessages, match="images came beside a conversation"):
        answering("x")(images=PICTURE, text=conversation(PICTURE))
    with pytest.raises(BadMessages, match="2 pictures came with 1 prompts"):
        answering("x")(images=[PICTURE, PICTURE], text=["a"])
    with pytest.raises(BadMessages, match="no option 'max_new_token'"):
        answering("x")(text="x", max_new_token=5)


def test_a_folder_is_opened_with_the_options_of_transformers(checkpoint_folder: Path):
    pipe = pipeline("image-text-to-text", model=checkpoint_folder, torch_dtype="torch.float32", device="cpu")
    assert pipe.model.dtype == "float32"
    assert isinstance(pipe(conversation(PICTURE), max_new_tokens=2, return_full_text=False)[0]["generated_text"], str)


@pytest.mark.parametrize(
    ("given", "device"),
    [({"device_map": "auto"}, "auto"), ({"device_map": "balanced"}, "auto"), ({"device": -1}, "cpu"),
     ({"device": 0}, "cuda:0"), ({"device": "cpu", "device_map": "auto"}, "cpu"), ({"device_map": "cuda:1"}, "cuda:1")],
)  # fmt: skip
def test_places_in_the_words_of_transformers(monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], device: str):
    seen: dict[str, Any] = {}

    def load(model: Any, *, device: str | None = None, dtype: str | None = None) -> Model:
        seen.update(device=device, dtype=dtype)
        return Model(ScriptedEngine([]))

    monkeypatch.setattr("saccade.compat.pipelines.load", load)
    pipeline(model="x", trust_remote_code=True, model_kwargs={"torch_dtype": "torch.bfloat16"}, **given)
    assert seen == {"device": device, "dtype": "bfloat16"}


def test_options_that_cannot_be_honoured_are_said():
    with pytest.raises(BadInput, match=r"unknown option .quantization_config.; known are those of saccade\.load"):
        pipeline(model="x", quantization_config={})
    with pytest.raises(BadInput, match="device_map is a mapping"):
        pipeline(model="x", device_map={"visual": 0})


# --- Processor -----------------------------------------------------------------------------------------------------


def test_prompts_are_those_of_the_reference(processor: Processor, checkpoint_folder: Path):
    from transformers import AutoTokenizer

    messages = conversation(PICTURE, PICTURE)
    ours = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    reference = AutoTokenizer.from_pretrained(str(checkpoint_folder))
    assert ours == reference.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert ours.count("<|image_pad|>") == 2
    assert processor.apply_chat_template([messages, messages], add_generation_prompt=True) == [ours, ours]


def test_arrays_are_those_of_the_reference(processor: Processor, checkpoint_folder: Path):
    from transformers import AutoImageProcessor, AutoTokenizer

    text = processor.apply_chat_template(conversation(PICTURE), add_generation_prompt=True)
    ours = processor(text=[text], images=[PICTURE])
    theirs = AutoImageProcessor.from_pretrained(str(checkpoint_folder), backend="pil")([PICTURE], return_tensors="np")
    assert ours.image_grid_thw.tolist() == theirs["image_grid_thw"].tolist() == [[1, 4, 8]]
    assert np.abs(ours.pixel_values - theirs["pixel_values"]).max() < 1e-5
    tokenizer = AutoTokenizer.from_pretrained(str(checkpoint_folder))
    assert ours.input_ids.tolist() == [tokenizer.encode(text.replace("<|image_pad|>", "<|image_pad|>" * 8))]


def test_a_batch_is_padded_on_the_left_and_decodes_again(processor: Processor):
    texts = [processor.apply_chat_template(conversation(PICTURE, prompt=prompt)) for prompt in ("A?", "A longer one?")]
    inputs = processor(text=texts, images=[PICTURE, PICTURE], return_tensors="pt")
    assert inputs.input_ids.shape == inputs.attention_mask.shape
    assert inputs.attention_mask[0, 0] == 0 and inputs.attention_mask[1].all()
    assert tuple(inputs.image_grid_thw.shape) == (2, 3)
    assert inputs.to("cpu")["pixel_values"].shape[0] == int(inputs.image_grid_thw.prod(dim=1).sum())
    assert [text.splitlines()[-1] for text in processor.batch_decode(inputs.input_ids)] == ["A?", "A longer one?"]
    with pytest.raises(AttributeError, match="no 'pixels'"):
        _ = inputs.pixels


def test_tokenizing_in_one_go_is_the_same(processor: Processor):
    text = processor.apply_chat_template(conversation(PICTURE), add_generation_prompt=True)
    at_once = processor.apply_chat_template(conversation(PICTURE), add_generation_prompt=True, tokenize=True)
    assert at_once.input_ids.tolist() == processor(text=text, images=PICTURE).input_ids.tolist()


def test_the_arrays_go_through_the_reference_model_to_our_answer(
    processor: Processor, checkpoint_folder: Path, random_model: Model
):
    import torch
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(str(checkpoint_folder), dtype=torch.float32)
    inputs = processor.apply_chat_template(
        conversation(PICTURE), add_generation_prompt=True, tokenize=True, return_tensors="pt"
    )
    unknown = list(range(processor.tokenizer.vocab_size, 448))
    ids = model.generate(**inputs, max_new_tokens=5, do_sample=False, suppress_tokens=unknown)
    theirs = processor.batch_decode(ids[:, inputs.input_ids.shape[1] :])[0]
    assert theirs == random_model.chat(conversation(PICTURE), max_tokens=5).text


def test_pads_and_media_must_match(processor: Processor):
    text = processor.apply_chat_template(conversation(PICTURE))
    with pytest.raises(BadMessages, match="more image pads than images"):
        processor(text=text)
    with pytest.raises(BadMessages, match="more pictures or videos came"):
        processor(text=text, images=[PICTURE, PICTURE])
    with pytest.raises(BadMessages, match="called without text"):
        processor(images=[PICTURE])
    with pytest.raises(BadInput, match="return_tensors is 'tf'"):
        processor(text=text, images=PICTURE, return_tensors="tf")


def test_pictures_and_videos_may_be_mixed_in_a_text(processor: Processor):
    frames = np.repeat(PIXELS[None], 4, axis=0)
    messages = [{"role": "user", "content": [
        {"type": "video", "video": list(frames)}, {"type": "image", "image": PICTURE}, {"type": "text", "text": "?"},
    ]}]  # fmt: skip
    text = processor.apply_chat_template(messages)
    inputs = processor(text=text, images=PICTURE, videos=frames)
    assert inputs.video_grid_thw.tolist()[0][0] == 2
    assert set(inputs.mm_token_type_ids[0].tolist()) == {0, 1, 2}
    assert inputs.second_per_grid_ts.tolist() == [1.0]
    assert inputs.input_ids.tolist() == [processor.inner.prepare(messages, add_generation_prompt=False).input_ids]


# --- process_vision_info -------------------------------------------------------------------------------------------


def test_pictures_come_resized_in_order():
    images, videos = process_vision_info([conversation(PICTURE), conversation(PICTURE, Image.new("RGB", (28, 28)))])
    assert [image.size for image in images] == [(112, 56), (112, 56), (56, 56)]
    assert videos is None
    assert process_vision_info(conversation()) == (None, None)


def test_the_patch_size_decides_the_grid():
    (image,), _ = process_vision_info(conversation(PICTURE), image_patch_size=16)
    assert image.size == (96, 64)


def test_videos_come_with_their_rate():
    frames = [PICTURE] * 6
    messages = [{"role": "user", "content": [{"type": "video", "video": frames, "sample_fps": 3.0}]}]
    images, videos, kwargs = process_vision_info(messages, return_video_kwargs=True)
    assert images is None
    assert videos[0].shape[0] == 6 and videos[0].dtype == np.uint8
    assert kwargs == {"do_sample_frames": False, "fps": [pytest.approx(3.0)]}
