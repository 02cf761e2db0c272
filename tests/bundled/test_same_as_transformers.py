"""The bundled folder is a standard one: transformers opens it and gives the same greedy text."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import saccade
from saccade.synth.heldout import PACK_NAME, read_pack

FOLDER = Path(str(files("saccade") / "assets" / "tiny"))
PACK = Path(str(files("saccade") / "assets" / "heldout" / PACK_NAME))
NEW_TOKENS = 160
PER_SET = {"text_seen": 4, "text_unseen": 3, "detect": 4, "find": 3, "count": 3, "caption": 3}  # 20 pictures


@pytest.fixture(scope="module")
def reference() -> Any:
    """transformers' own classes on our folder: tokenizer, image processor, model."""
    transformers = pytest.importorskip("transformers", reason="the reference comes with the dev extra")
    tokenizer = transformers.AutoTokenizer.from_pretrained(FOLDER)
    processor = transformers.AutoImageProcessor.from_pretrained(FOLDER, use_fast=False)
    model = transformers.AutoModelForImageTextToText.from_pretrained(FOLDER, dtype=torch.float32).eval()

    def answer(image: Image.Image, prompt: str) -> str:
        vision = processor(images=[image], return_tensors="pt")
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        pads = int(vision["image_grid_thw"][0].prod()) // 4
        ids = tokenizer(text.replace("<|image_pad|>", "<|image_pad|>" * pads), return_tensors="pt")
        kinds = (ids.input_ids == model.config.image_token_id).int()
        with torch.inference_mode():
            out = model.generate(**ids, **vision, mm_token_type_ids=kinds, max_new_tokens=NEW_TOKENS, do_sample=False)
        return tokenizer.decode(out[0, ids.input_ids.shape[1] :], skip_special_tokens=True)

    return answer


@pytest.mark.parametrize("name", PER_SET)
def test_transformers_gives_the_same_greedy_text_on_held_out_pictures(reference: Any, name: str) -> None:
    ours = saccade.load("tiny", dtype="float32")
    for sample in read_pack(PACK, name, PER_SET[name]):
        image, prompt = Image.fromarray(sample.image), sample.turns[0].prompt
        reply = ours.ask(image, prompt, max_tokens=NEW_TOKENS, loop_guard=False)
        assert reply.text == reference(image, prompt).removesuffix("<|im_end|>")
