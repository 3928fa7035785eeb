"""HEC bodies of any content: what is sent comes back, and no bytes are a fault of ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.ingest.hec import BAD_INDEX, BadEventError, Indexes, batch

ROOT = "/services/collector"
CHANNEL = {"authorization": "Splunk t", "x-splunk-request-channel": str(uuid.UUID(int=7))}
PHASES = [Phase.explicit, Phase.generate]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBER = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
SCALAR = st.one_of(st.none(), TEXT, st.booleans(), NUMBER)
KEY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), min_size=1, max_size=8)
JSON = st.recursive(SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)), max_leaves=8)
BATCH = st.lists(st.tuples(JSON.filter(lambda v: v not in (None, "")), st.dictionaries(KEY, SCALAR, max_size=4)), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=BATCH, ascii_only=st.booleans())
def test_whatever_is_sent_comes_back(pipeline: Any, sent: list[tuple[Any, dict[str, Any]]], ascii_only: bool) -> None:
    bodies = [{"event": e, "fields": {**f, "nr": n}} for n, (e, f) in enumerate(sent)]
    reply = pipeline.send(ROOT, "".join(json.dumps(b, ensure_ascii=ascii_only) for b in bodies).encode())
    assert reply.status == 200
    rows = {int(r["attributes"]["nr"][1]): r for r in pipeline.take()}
    for number, (event, fields) in enumerate(sent):
        row = rows[number]
        assert row["index"] == "main"
        assert row["body"] == event if isinstance(event, str) else json.loads(str(row["body"])) == event
        for name, value in fields.items():
            if name != "nr":
                letter, text = row["attributes"][name]
                assert said(letter, text) == value or float(text) == value


def said(letter: str, text: str) -> object:
    """An attribute's value again."""
    plain: dict[str, Callable[[str], object]] = {"s": str, "i": int, "d": float, "b": lambda t: t == "true", "n": lambda _: None}
    return plain[letter](text)


@settings(max_examples=150, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(st.binary(max_size=200), st.text(alphabet='{}[]":,event fildsnulmtr0123456789.e-\\ud8\n', max_size=80).map(str.encode))
)
def test_no_bytes_are_a_fault_of_ours(pipeline: Any, body: bytes) -> None:
    for place in ("", "/raw", "/ack"):
        reply = pipeline.send(ROOT + place, body, CHANNEL)
        assert reply.status in (200, 400)
    assert pipeline.statistics.refusals().get(("hec", "internal"), 0) == 0


def test_thousands_of_indexes_in_one_request_are_refused() -> None:
    events = [json.dumps({"event": "x", "index": f"i{n}"}) for n in range(102)]
    with pytest.raises(BadEventError) as caught:
        batch("".join(events).encode(), Indexes(lambda _: True, ""))
    assert (caught.value.code, caught.value.number) == (BAD_INDEX, 100)


def test_the_operator_reads_why_but_nothing_of_the_data(pipeline: Any) -> None:
    pipeline.send(ROOT + "/raw", b" ", {"authorization": "Splunk any"})
    told = [each.sentence for dealings in pipeline.statistics.senders.all().values() for each in dealings.refused.values()]
    assert told == ["answered `No data` with HEC code 5"]
    pipeline.send(ROOT, b'{"event":"a"}{"event":"a","index":"no/such secret"}')
    told = [each.sentence for dealings in pipeline.statistics.senders.all().values() for each in dealings.refused.values()]
    assert told == ["answered `Incorrect index` for event 1, counted from 0, with HEC code 7"]
