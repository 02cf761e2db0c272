"""For code that was written for transformers and qwen-vl-utils: the same calls, answered by Saccade.

    pipe = pipeline("image-text-to-text", model="tiny")
    pipe(text=messages)[0]["generated_text"]

    processor = Processor.from_pretrained(folder)
    text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    images, videos = process_vision_info(messages)
    inputs = processor(text=[text], images=images, videos=videos, return_tensors="pt")   # goes into model.generate
    processor.batch_decode(ids, skip_special_tokens=True)

Pictures come back upright and already resized by the family's rule, so a second resize changes nothing.
"""

from saccade.compat.pipelines import Pipeline, pipeline
from saccade.compat.processor import Inputs, Processor
from saccade.compat.vision import process_vision_info

__all__ = ["Inputs", "Pipeline", "Processor", "pipeline", "process_vision_info"]
