"""Rules around the loader: rows are treated, counted from samples, and nothing of what failed stays behind untreated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pilotage.engine.rules import compile_rules
from pilotage.ingest.dead_letters import DeadLetters
from pilotage.ingest.load import Loader
from pilotage.ingest.rules import SURVEY_SECONDS, Rules
from pilotage.model.problem import PilotageError, Problem
from pilotage.model.rules import Redaction

HEC = "/services/collector/event"
RULES = (Redaction("mask", pattern="hunter\\d", scope="index=main"), Redaction("noise", pattern="noise", action="drop"))


@pytest.fixture
def ruled(pipeline: Any) -> Any:
    """The pipeline with rules."""
    backend = pipeline.store.backend
    rules = Rules(compile_rules(RULES, (), backend.rows), backend.rows)
    parts = pipeline.loader._parts
    letters = DeadLetters(backend, rules.scrubbed)
    pipeline.loader = Loader(type(parts)(parts.engine, parts.spool, parts.streams, parts.retries, letters, parts.statistics, rules))
    pipeline.rules = rules
    return pipeline


def events(*texts: str) -> bytes:
    return "".join(json.dumps({"event": text, "time": 1}) for text in texts).encode()


def test_rows_are_treated_and_counted(ruled: Any) -> None:
    assert ruled.send(HEC, events("pw hunter2", "noise", "plain"), {"authorization": "Splunk x"}).status == 200
    ruled.load()
    bodies = ruled.store.backend.rows("SELECT body FROM pilotage.logs ORDER BY body")
    assert bodies == [("plain",), ("pw ***",)]
    assert [(c.name, c.kind, c.rows_seen, c.rows_matched) for c in ruled.rules.counts()] == [
        ("mask", "mask", 3, 1),
        ("noise", "drop", 3, 1),
    ]


def test_events_are_dropped_whatever_came_before_the_rules(ruled: Any) -> None:
    """The levels of Sumo's decode under a filter once were more than the engine could plan."""
    assert ruled.send("/receiver/v1/http/x", b"pw hunter2\nnoise\nplain", {}).status == 200
    ruled.load()
    assert ruled.store.backend.rows("SELECT body FROM pilotage.logs ORDER BY body") == [("plain",), ("pw ***",)]


def test_counts_between_surveys_stand_for_all_rows(ruled: Any) -> None:
    assert ruled.rules.due("s", 10) == 10
    assert ruled.rules.due("s", 30) == 0
    ruled.rules._surveys["s"].at -= SURVEY_SECONDS + 1
    assert ruled.rules.due("s", 20) == 50


def test_what_cannot_be_loaded_is_buried_without_secrets(ruled: Any, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(sql: str) -> None:
        raise PilotageError(Problem("engine-error", "cannot parse before: hunter2 and noise"))

    ruled.send(HEC, events("pw hunter2"), {"authorization": "Splunk x"})
    ruled.loader._parts = type(ruled.loader._parts)(
        type("Refusing", (), {"load": staticmethod(refuse)})(),
        *(getattr(ruled.loader._parts, name) for name in ("spool", "streams", "retries", "letters", "statistics", "rules")),
    )
    ruled.load()
    ((body, attributes),) = ruled.store.backend.rows("SELECT body, attributes FROM pilotage.logs WHERE index = '_dead_letter'")
    assert "pw ***" in str(body)
    assert attributes[0] == "cannot parse before: *** and ***"
    assert "hunter2" not in caplog.text + str([record.__dict__ for record in caplog.records])


def test_copies_left_by_a_killed_run_are_removed(ruled: Any) -> None:
    part = ruled.folder / "spool" / ".retry-x" / "part"
    part.parent.mkdir(parents=True)
    part.write_text("hunter2")
    ruled.loader.start()
    ruled.loader.stop()
    assert not part.exists()


def test_without_a_working_engine_texts_are_withheld() -> None:
    class Failing:
        kinds: dict[str, str] = {}  # noqa: RUF012 - a constant

        def wrapping(self, table: str, columns: object) -> None:
            return None

        def scrubbed(self, texts: object) -> list[bytes]:
            raise PilotageError(Problem("query-memory", "no memory"))

    rules = Rules(Failing(), lambda _: [])
    assert rules.scrubbed_text("hunter2").startswith("withheld")
