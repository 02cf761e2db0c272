"""Our chat templates, one per family, for checkpoints that bring none and for models trained here.

They write the same text as the published templates do for the same messages (ChatML turns; see the reports of the
families). Variables: messages (content a text or a list of {"type": "text" | "image" | "video"}), tools,
add_generation_prompt, add_vision_id.
"""

from __future__ import annotations

# Writes one content; counts pictures and videos over the whole conversation.
_CONTENT = """\
{%- set seen = namespace(pictures=0, videos=0) -%}
{%- macro write(content) -%}
  {%- if content is string -%}
    {{- content -}}
  {%- else -%}
    {%- for part in content -%}
      {%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}
        {%- set seen.pictures = seen.pictures + 1 -%}
        {{- ('Picture ' ~ seen.pictures ~ ': ') if add_vision_id else '' -}}
        {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
      {%- elif part.type == 'video' or 'video' in part -%}
        {%- set seen.videos = seen.videos + 1 -%}
        {{- ('Video ' ~ seen.videos ~ ': ') if add_vision_id else '' -}}
        {{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
      {%- elif 'text' in part -%}
        {{- part.text -}}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
{%- macro write_text(content) -%}
  {%- if content is string -%}
    {{- content -}}
  {%- else -%}
    {%- for part in content -%}
      {{- part.text if 'text' in part else '' -}}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
"""

# The first system turn of Qwen3-VL, with the functions where there are any.
_TOOL_SYSTEM = """\
{%- set first_is_system = messages[0].role == 'system' -%}
{%- if tools or first_is_system -%}
  {{- '<|im_start|>system\\n' -}}
  {{- write_text(messages[0].content) if first_is_system else '' -}}
  {%- if tools -%}
    {{- '\\n\\n' if first_is_system else '' -}}
    {{- '@TOOLS_HEAD@' -}}
    {%- for tool in tools -%}
      {{- '\\n' ~ (tool | tojson) -}}
    {%- endfor -%}
    {{- '@TOOLS_TAIL@' -}}
  {%- endif -%}
  {{- '<|im_end|>\\n' -}}
{%- endif -%}
"""

_CALLS = """\
{%- macro write_calls(message, after_text) -%}
  {%- for call in message.tool_calls or [] -%}
    {%- set function = call.function or call -%}
    {{- '\\n' if after_text or not loop.first else '' -}}
    {{- '<tool_call>\\n{"name": "' ~ function.name ~ '", "arguments": ' -}}
    {{- function.arguments if function.arguments is string else (function.arguments | tojson) -}}
    {{- '}\\n</tool_call>' -}}
  {%- endfor -%}
{%- endmacro -%}
"""

# Results of functions that follow one another share one user turn.
_TOOL_RESULT = """\
  {%- elif message.role == 'tool' -%}
    {{- '<|im_start|>user' if loop.first or messages[loop.index0 - 1].role != 'tool' else '' -}}
    {{- '\\n<tool_response>\\n' -}}
    {{- write(message.content) -}}
    {{- '\\n</tool_response>' -}}
    {{- '<|im_end|>\\n' if loop.last or messages[loop.index0 + 1].role != 'tool' else '' -}}
  {%- endif -%}
{%- endfor -%}
"""

TOOLS_HEAD = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
TOOLS_TAIL = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n'
    "</tool_call>"
)

_QWEN2 = (
    _CONTENT
    + """\
{%- if messages[0].role != 'system' -%}
  {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
  {{- '<|im_start|>' ~ message.role ~ '\\n' -}}
  {{- write(message.content) -}}
  {{- '<|im_end|>\\n' -}}
{%- endfor -%}
{{- '<|im_start|>assistant\\n' if add_generation_prompt else '' -}}
"""
)

_QWEN3 = (
    _CONTENT
    + _CALLS
    + _TOOL_SYSTEM
    + """\
{%- for message in messages -%}
  {%- if message.role == 'user' -%}
    {{- '<|im_start|>user\\n' -}}
    {{- write(message.content) -}}
    {{- '<|im_end|>\\n' -}}
  {%- elif message.role == 'assistant' -%}
    {%- set text = write_text(message.content) -%}
    {{- '<|im_start|>assistant\\n' ~ text -}}
    {{- write_calls(message, text) -}}
    {{- '<|im_end|>\\n' -}}
"""
    + _TOOL_RESULT
    + """\
{{- '<|im_start|>assistant\\n' if add_generation_prompt else '' -}}
"""
)

# Reasoning is shown only for the answers after the last question of the user.
_QWEN3_THINKING = (
    _CONTENT
    + _CALLS
    + _TOOL_SYSTEM
    + """\
{%- set last = namespace(query=messages | length - 1, found=false) -%}
{%- for message in messages | reverse -%}
  {%- if not last.found and message.role == 'user' -%}
    {%- set text = write_text(message.content) -%}
    {%- if not (text.startswith('<tool_response>') and text.endswith('</tool_response>')) -%}
      {%- set last.query = messages | length - loop.index -%}
      {%- set last.found = true -%}
    {%- endif -%}
  {%- endif -%}
{%- endfor -%}
{%- for message in messages -%}
  {%- if message.role == 'user' or (message.role == 'system' and not loop.first) -%}
    {{- '<|im_start|>' ~ message.role ~ '\\n' -}}
    {{- write(message.content) -}}
    {{- '<|im_end|>\\n' -}}
  {%- elif message.role == 'assistant' -%}
    {%- set text = write_text(message.content) -%}
    {%- set reasoning = '' -%}
    {%- if message.reasoning_content is string -%}
      {%- set reasoning = message.reasoning_content -%}
    {%- elif '</think>' in text -%}
      {%- set reasoning = text.split('</think>')[0].split('<think>')[-1] -%}
      {%- set text = text.split('</think>')[-1].lstrip('\\n') -%}
    {%- endif -%}
    {{- '<|im_start|>assistant\\n' -}}
    {%- if loop.index0 > last.query and (loop.last or reasoning) -%}
      {%- set text = text.lstrip('\\n') -%}
      {{- '<think>\\n' ~ reasoning.strip('\\n') ~ '\\n</think>\\n\\n' -}}
    {%- endif -%}
    {{- text -}}
    {{- write_calls(message, text) -}}
    {{- '<|im_end|>\\n' -}}
"""
    + _TOOL_RESULT
    + """\
{{- '<|im_start|>assistant\\n<think>\\n' if add_generation_prompt else '' -}}
"""
)


def _fill(template: str) -> str:
    """Put the tool texts in as Jinja string literals."""
    for mark, text in (("@TOOLS_HEAD@", TOOLS_HEAD), ("@TOOLS_TAIL@", TOOLS_TAIL)):
        template = template.replace(mark, text.replace("\n", "\\n"))
    return template


BUILTIN_TEMPLATES = {
    "qwen2-vl": _QWEN2,
    "qwen2.5-vl": _QWEN2,
    "qwen3-vl": _fill(_QWEN3),
    "qwen3-vl-moe": _fill(_QWEN3),
}
THINKING_TEMPLATES = {"qwen3-vl": _fill(_QWEN3_THINKING), "qwen3-vl-moe": _fill(_QWEN3_THINKING)}
