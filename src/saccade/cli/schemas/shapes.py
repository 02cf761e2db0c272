"""The JSON objects of commands that print something else than a result's own fields."""

from typing import Any, Literal, NotRequired, TypedDict

from saccade.processing.parse.html import BlockKind
from saccade.processing.parse.tables import Cell
from saccade.tasks.document import PageStatus
from saccade.tasks.extraction.result import Field
from saccade.tasks.extraction.result import PageStatus as ExtractionPage
from saccade.tasks.extraction.rules import Issue
from saccade.tasks.similarity import Hit, Pair
from saccade.types import Box, FinishReason, MediaSeen, Size, TokenLogprob, ToolCall

# --- answers in words -------------------------------------------------------------------------------------------------


class UsageObject(TypedDict):
    """Token counts of one request."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    media_tokens: int
    reasoning_tokens: int
    total_tokens: NotRequired[int]


class ReplyObject(TypedDict):
    """One finished answer."""

    text: str
    finish_reason: FinishReason
    usage: UsageObject
    media: list[MediaSeen]
    flags: list[str]
    reasoning: NotRequired[str]
    tool_calls: NotRequired[list[ToolCall]]
    logprobs: NotRequired[list[TokenLogprob]]


class TurnObject(TypedDict):
    """A question that was typed, and its answer."""

    question: str
    answer: ReplyObject


class ConversationObject(TypedDict):
    """A conversation."""

    model: str
    turns: list[TurnObject]


class CitationObject(TypedDict):
    """Where an answer stands."""

    page: int
    box: list[float]
    text: str


class PageCostObject(TypedDict):
    """What one page costs."""

    page: int
    image_size: Size | None
    resized_size: Size | None
    tokens: int
    error: str


class DocumentPlanObject(TypedDict):
    """Tokens of a document page by page, and whether all of it fits the context beside question and answer."""

    pages: list[PageCostObject]
    media_tokens: int
    text_tokens: int
    answer_tokens: int
    total_tokens: int
    context_tokens: int
    fits_context: bool


class DocumentAnswerObject(TypedDict):
    """An answer about a document, with the pages and places it stands at."""

    text: str
    citations: list[CitationObject]
    pages_shown: list[int]
    retrieved: bool
    plan: DocumentPlanObject
    flags: list[str]
    finish_reason: FinishReason
    usage: UsageObject


class TranslatedLineObject(TypedDict):
    """One line of a picture in another language."""

    source: str
    text: str
    box: Box
    flags: list[str]
    direction: Literal["ltr", "rtl"]


# --- pages ------------------------------------------------------------------------------------------------------------


class GridObject(TypedDict):
    """A table in a block."""

    html: str
    rows: list[list[str]]


class BlockObject(TypedDict):
    """One block of a page, in reading order."""

    kind: BlockKind
    text: str
    page: int
    order: int
    box: list[float]
    raw: list[float]
    box_flags: list[str]
    level: NotRequired[int]
    caption: NotRequired[str]
    table: NotRequired[GridObject]
    children: NotRequired[list["BlockObject"]]


class PageObject(TypedDict):
    """One page as it was read."""

    page: int
    status: PageStatus
    flags: list[str]
    faults: list[str]
    error: str
    image_size: Size | None
    dpi: float | None
    blocks: list[BlockObject]
    raw_text: str


class DocumentObject(TypedDict):
    """The pages of a picture or document, as blocks with kind, text and place."""

    name: str
    format: str
    family: str
    status: PageStatus
    flags: list[str]
    pages: list[PageObject]


class TableObject(TypedDict):
    """One table, with its spans."""

    page: int
    box: list[float]
    raw: list[float]
    box_flags: list[str]
    caption: str
    num_rows: int
    num_columns: int
    columns: list[str]
    cells: list[Cell]
    issues: list[str]


class TablePageObject(TypedDict):
    """What became of one page that tables were taken from."""

    page: int
    status: PageStatus
    flags: list[str]
    error: str
    image_size: Size | None
    dpi: float | None


class TablesObject(TypedDict):
    """The tables of a picture or document."""

    tables: list[TableObject]
    pages: list[TablePageObject]
    raw_text: str
    flags: list[str]


class ExtractionObject(TypedDict):
    """Named fields of a picture or document, and what is known of each."""

    data: dict[str, Any]
    valid: bool
    fields: dict[str, Field]
    issues: list[Issue]
    pages: list[ExtractionPage]
    image_size: Size
    raw_text: str
    flags: list[str]


# --- files and folders ------------------------------------------------------------------------------------------------


class ExportObject(TypedDict):
    """What was written, in which format."""

    format: str
    pictures: int
    shapes: int
    files: list[str]


class IndexObject(TypedDict):
    """What an index holds now, and what was done to it."""

    index: str
    pictures: int
    new: int
    changed: int
    unchanged: int
    gone: list[str]
    failed: dict[str, str]


class HitsObject(TypedDict):
    """The pictures of an index that are most like one."""

    index: str
    hits: list[Hit]


class GroupsObject(TypedDict):
    """The pictures of an index that are alike."""

    index: str
    threshold: float
    groups: list[list[str]]
    pairs: list[Pair]


class BlurredObject(TypedDict):
    """A copy of a picture with its faces hidden."""

    out: str
    boxes: list[Box]
    image_size: Size
    flags: list[str]


class PulledObject(TypedDict):
    """Where a model that was fetched lies."""

    source: str
    folder: str


# --- models and requests ----------------------------------------------------------------------------------------------


class TokensObject(TypedDict):
    """What one picture or video costs."""

    height: int
    width: int
    resized_height: int
    resized_width: int
    grid: list[int]
    tokens: int


class PartObject(TypedDict):
    """A part of a network, with the parts inside it."""

    name: str
    what: str
    flow: str
    count: int
    parameters: int
    parameters_each: int
    tensors: NotRequired[dict[str, list[int]]]
    parts: NotRequired[list["PartObject"]]


class DescriptionObject(TypedDict):
    """What a model is made of."""

    name: str
    family: str
    parameters: int
    active_parameters: int
    weight_bytes: dict[str, int]
    kv_bytes_per_token: int
    max_positions: int
    parts: list[PartObject]


class DemoObject(TypedDict):
    """The demonstration, step by step."""

    model: str
    load_s: float
    total_s: float
    overlay: str


class FailedStep(TypedDict):
    """A step of the demonstration whose answer could not be read as data."""

    error: str
    raw_text: str


class TrainedObject(TypedDict):
    """Where the result of training lies; of a run with rows also how far it went."""

    folder: str
    result: NotRequired[Literal["adapter", "checkpoint"]]
    steps: NotRequired[int]
    of: NotRequired[int]
    loss: NotRequired[float | None]
    stopped: NotRequired[bool]
