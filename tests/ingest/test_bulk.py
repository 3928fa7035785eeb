"""The bulk format: every item gets its own answer in its own place, and what is stored is what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pilotage.ingest import bulk as module
from pilotage.ingest.bulk import Indexes, Refusal, bulk
from pilotage.model.problem import PilotageError

INDEXES = Indexes("main", lambda index: Refusal(403, "security_exception", "no") if index == "forbidden" else None)
ITEMS = st.lists(
    st.one_of(
        st.tuples(st.just("good"), st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5), max_size=3)),
        st.tuples(
            st.just("bad"),
            st.sampled_from(["nope", "[1]", '{"a":', '{"a":1} {"b":2}', "", '{"@timestamp":"soon"}', '{"@timestamp":[]}', " "]),
        ),
        st.tuples(st.sampled_from(["update", "delete", "forbidden"]), st.just({})),
    ),
    min_size=1,
    max_size=8,
)


def lines(kind: str, document: Any) -> list[str]:
    """An item as it is sent."""
    action = {"update": "update", "delete": "delete"}.get(kind, "index")
    place = {"_index": "forbidden"} if kind == "forbidden" else {}
    text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
    return [json.dumps({action: place}), *([] if kind == "delete" else [text])]


@settings(deadline=None, max_examples=80)
@given(ITEMS)
@example([("bad", '{"a":{}'), ("bad", "{}}"), ("good", {"a\t": "\t"})])
@example([("bad", '{"@timestamp":"2024-13-01T00:00:00Z"}'), ("good", {})])
def test_each_item_is_answered_in_its_place(items: list[tuple[str, Any]]) -> None:
    body = "".join(line + "\n" for item in items for line in lines(*item)).encode()
    found = bulk(body, INDEXES)
    answers = [json.loads(answer) for answer in found.answers]
    assert [next(iter(a)) for a in answers] == [kind if kind in ("update", "delete") else "index" for kind, _ in items]
    statuses = {"good": 201, "forbidden": 403}
    assert [next(iter(a.values()))["status"] for a in answers] == [statuses.get(kind, 400) for kind, _ in items]
    stored = [line.split(b"\t") for line in found.body.split(b"\n")] if found.stored else []
    assert [(index, identity, json.loads(document)) for index, identity, document in stored] == [
        (b"main", b"", d) for k, d in items if k == "good"
    ]
    assert (found.refusal is None) == all(kind == "good" for kind, _ in items)


@pytest.mark.parametrize(
    "body",
    [
        b'{"index":{}}\n{"a":1}',
        b'{"index":{}}\n',
        b'{"index":{}\n{"a":1}\n',
        b'{"a":1}\n{"index":{}}\n',
        b'{"index":{},"create":{}}\n{"a":1}\n',
        b'{"index":[]}\n{"a":1}\n',
        b'{"index":{"_index":5}}\n{"a":1}\n',
        b"{}\n{}\n",
        b"\xff\n",
    ],
)
def test_what_is_no_bulk_request_is_refused_whole(body: bytes) -> None:
    with pytest.raises(PilotageError) as caught:
        bulk(body, INDEXES)
    assert caught.value.problem.code == "undecodable"


def test_too_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ITEMS", 2)
    with pytest.raises(PilotageError) as caught:
        bulk(b'{"index":{}}\n{}\n' * 3, INDEXES)
    assert caught.value.problem.code == "request-too-large"


def test_ids_and_line_ends() -> None:
    found = bulk(b'{"create":{"_index":"a","_id":"x\\ty"}}\r\n{"n":\t1}\r\n\n{"index":{"_id":7}}\n{"n":2}\n{"index":{}}\n{}\n', INDEXES)
    assert found.body == b'a\t"x\\ty"\t{"n": 1}\nmain\t"7"\t{"n":2}\nmain\t\t{}'
    answers = [next(iter(json.loads(a).values())) for a in found.answers]
    assert [(a["_index"], a["_id"]) for a in answers[:2]] == [("a", "x\ty"), ("main", "7")]
    assert len(answers[2]["_id"]) == 20


def test_too_many_lines_are_refused_before_they_are_cut() -> None:
    with pytest.raises(PilotageError, match="request-too-large"):
        bulk(b"\n" * (module.MAX_LINES + 1), INDEXES)


def test_thousands_of_indexes_in_one_request_are_refused_one_by_one() -> None:
    found = bulk(b"".join(b'{"index":{"_index":"i%d"}}\n{"a":1}\n' % n for n in range(103)), INDEXES)
    statuses = [next(iter(json.loads(a).values()))["status"] for a in found.answers]
    assert statuses == [201] * 100 + [400] * 3
