"""Times, stretches and event lists in every notation that models write."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.processing.parse.times import LONGEST_S, Span, read_events, read_moment, read_time
from saccade.prompts.video import ABSENT_MOMENT, format_time

RED = {"start_time": "00:25.00", "end_time": "00:46.00", "description": "a red circle enters"}
BLUE = {"start_time": "00:50.50", "end_time": "01:02.25", "description": "it turns blue"}
BOTH = [(25.0, 46.0, "a red circle enters"), (50.5, 62.25, "it turns blue")]


def told(text: str, duration_s: float | None = None) -> list[tuple[float, float, str]]:
    return [(span.start_s, span.end_s, span.description) for span in read_events(text, duration_s=duration_s).spans]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("01:32.40", 92.4),
        ("00:03.5", 3.5),
        ("1:02:03", 3723.0),
        ("01:02:03.250", 3723.25),
        ("00:00:23,000", 23.0),
        ("0:11", 11.0),
        ("90:00", 5400.0),
        ("12.5s", 12.5),
        ("12.5 seconds", 12.5),
        ("<3.0 seconds>", 3.0),
        ("<0.2 seconds>", 0.2),
        ("7 secs", 7.0),
        ("300 ms", 0.3),
        ("1.5 min", 90.0),
        ("1m 20s", 80.0),
        ("1 min 20 s", 80.0),
        ("1h2m3s", 3723.0),
        ("2 hours", 7200.0),
        ("12", 12.0),
        ("12.25", 12.25),
        ("At 00:05.00.", 5.0),
        ("It starts 2 times, first at 4.5 s.", 4.5),
        ("٠٠:١٢", 12.0),
        ("00：12．50", 12.5),
        ("12秒", 12.0),
        ("<think>at 00:09</think> 00:10", 10.0),
    ],
)
def test_one_time_in_every_notation(text: str, seconds: float) -> None:
    assert read_time(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "never", "v1.2.3.4", "1:2:3:4:5", "x12y", "9" * 40, "99999:99:99"])
def test_what_is_no_time_is_said_with_the_raw_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_time(text)
    assert caught.value.raw == text


@pytest.mark.parametrize(
    ("text", "start_s", "end_s"),
    [
        ("The event happens in 01:32.40 - 01:35.60.", 92.4, 95.6),
        ("The event happens in 00:12.00 – 00:15.00.", 12.0, 15.0),
        ("00:12.00~00:15.00", 12.0, 15.0),
        ("From 3.2s to 7.5s.", 3.2, 7.5),
        ("From 3.2 to 7.5 seconds", 3.2, 7.5),
        ("<3.0 seconds> - <8.5 seconds>", 3.0, 8.5),
        ("between 00:05 and 00:09", 5.0, 9.0),
        ("3 to 5 min", 180.0, 300.0),
        ("0:11-0:15", 11.0, 15.0),
        ("00:00:23,000 --> 00:00:48,000", 23.0, 48.0),
        ("12.0 - 15.5", 12.0, 15.5),
        ("[12.0, 15.5]", 12.0, 15.5),
        ("[[12.0, 15.5]]", 12.0, 15.5),
        ("It starts at 00:03.00 and ends at 00:05.00.", 3.0, 5.0),
        ("The 2 circles meet from 00:07 to 00:09.", 7.0, 9.0),
        ("从 3 秒 到 5 秒", 3.0, 5.0),
        ("**00:12.00** - **00:15.00**", 12.0, 15.0),
        ('[{"start_time": "00:12.00", "end_time": "00:15.00"}]', 12.0, 15.0),
        ('```json\n{"start": 12, "end": "15s"}\n```', 12.0, 15.0),
    ],
)
def test_a_moment_in_every_notation(text: str, start_s: float, end_s: float) -> None:
    span = read_moment(text)
    assert span is not None and (span.start_s, span.end_s) == (pytest.approx(start_s), pytest.approx(end_s))
    assert "swapped" not in span.flags and "single" not in span.flags


@pytest.mark.parametrize(
    "text", [ABSENT_MOMENT, "[]", "null", "None.", "There is no such event.", "It doesn't happen."]
)
def test_a_moment_that_does_not_occur_is_none(text: str) -> None:
    assert read_moment(text) is None


def test_order_limits_and_single_times_are_put_right_and_flagged() -> None:
    assert read_moment("00:09 - 00:05") == Span(5.0, 9.0, "", "00:09 - 00:05", ("swapped",))
    span = read_moment("00:05 - 00:19", duration_s=10.0)
    assert span is not None and (span.start_s, span.end_s, span.flags) == (5.0, 10.0, ("clamped",))
    span = read_moment("It happens at 00:05.")
    assert span is not None and (span.start_s, span.end_s, span.flags) == (5.0, 5.0, ("single",))


@pytest.mark.parametrize("text", ["", "I cannot tell.", "{}x", "see below"])
def test_a_moment_without_times_is_said_with_the_raw_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_moment(text)
    assert caught.value.raw == text


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([RED, BLUE]),
        f"```json\n{json.dumps([RED, BLUE], indent=1)}\n```",
        f"Here they are: {json.dumps([RED, BLUE])}",
        f"{json.dumps(RED)}\n{json.dumps(BLUE)}",
        json.dumps({"events": [RED, BLUE]}),
        '{"00:25.00 - 00:46.00": "a red circle enters", "00:50.50 - 01:02.25": "it turns blue"}',
        '[{"00:25.00 - 00:46.00": "a red circle enters"}, {"00:50.50 - 01:02.25": "it turns blue"}]',
        '[{"start": 25, "end": 46, "event": "a red circle enters"}, {"start": "50.5", "end": 62.25, '
        '"label": "it turns blue"}]',
        '[{"timestamp": [25, 46], "caption": "a red circle enters"}, {"time": "50.5s to 62.25s", '
        '"text": "it turns blue"}]',
        '["00:25 - 00:46 a red circle enters", "00:50.5 - 01:02.25: it turns blue"]',
        "0:25-0:46 a red circle enters\n0:50.5-1:02.25 it turns blue",
        "- **00:25 - 00:46**: a red circle enters\n- **00:50.5 - 01:02.25**: it turns blue",
        "1. [00:25 - 00:46] a red circle enters\n2. [00:50.5 - 01:02.25] it turns blue",
        "Events:\n<25.0 seconds> - <46.0 seconds> a red circle enters\n<50.5 seconds> - <62.25 seconds> it turns blue",
    ],
)
def test_events_in_every_notation(text: str) -> None:
    assert told(text) == BOTH


def test_no_events_are_an_answer() -> None:
    assert told("[]") == [] and told("```json\n[]\n```") == []


def test_a_cut_list_keeps_its_complete_events_and_says_so() -> None:
    text = json.dumps([RED, BLUE])
    parsed = read_events(text[:-30])
    assert [span.description for span in parsed.spans] == ["a red circle enters"] and "truncated" in parsed.flags


def test_items_without_a_time_are_dropped_and_flagged() -> None:
    parsed = read_events(json.dumps([RED, {"description": "?"}, {"start_time": True, "end_time": None}, 7]))
    assert [span.start_s for span in parsed.spans] == [25.0] and "dropped" in parsed.flags


@pytest.mark.parametrize("text", ["", "Nothing to see.", '[{"description": "?"}]', "see [1] for 2 things"])
def test_events_that_cannot_be_read_are_said_with_the_raw_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_events(text)
    assert caught.value.raw == text


def test_overlap_of_two_spans() -> None:
    assert Span(0, 4).iou(Span(2, 6)) == pytest.approx(1 / 3)
    assert Span(0, 1).iou(Span(2, 3)) == 0 and Span(1, 1).iou(Span(1, 1)) == 1


@given(st.integers(0, 359_999))
def test_what_is_written_is_read_back(hundredths: int) -> None:
    assert read_time(format_time(hundredths / 100)) == pytest.approx(hundredths / 100, abs=1e-6)


@given(
    st.lists(st.tuples(st.integers(0, 5999), st.integers(0, 5999), st.text("ab {}[]\",'", max_size=8)), max_size=4),
    st.integers(0, 400),
)
def test_every_cut_of_a_list_gives_complete_events_only(rows: list[tuple[int, int, str]], cut: int) -> None:
    times = [(min(a, b) / 100, max(a, b) / 100, text) for a, b, text in rows]
    items: list[dict[str, Any]] = [
        {"start_time": format_time(start), "end_time": format_time(end), "description": text}
        for start, end, text in times
    ]
    text = json.dumps(items)[: max(1, cut)]
    with contextlib.suppress(BadAnswer):
        assert told(text) == times[: len(told(text))]


@given(st.text("[]{}\",:0123456789.-–~<>smhin to\nstarend_c'`*٣：", max_size=80), st.none() | st.floats(0, 100))
def test_nothing_but_a_bad_answer_is_raised_and_times_stay_inside(text: str, duration_s: float | None) -> None:
    limit = LONGEST_S if duration_s is None else duration_s
    for read in (read_time, read_moment, read_events):
        with contextlib.suppress(BadAnswer):
            if read is read_time:
                assert 0 <= read_time(text) <= LONGEST_S
            elif read is read_moment:
                span = read_moment(text, duration_s=duration_s)
                assert span is None or 0 <= span.start_s <= span.end_s <= limit
            else:
                for span in read_events(text, duration_s=duration_s).spans:
                    assert 0 <= span.start_s <= span.end_s <= limit


@pytest.mark.parametrize("text", ["0:" * 50_000, "1" * 200_000, "1 - " * 50_000, "1s " * 50_000, "<[" * 100_000])
def test_long_noise_ends_quickly_and_cleanly(text: str) -> None:
    for read in (read_time, read_moment, read_events):
        with contextlib.suppress(BadAnswer):
            read(text)
