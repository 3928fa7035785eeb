"""The validator that a schema text gives must lose nothing when a message is written again."""

from __future__ import annotations

from pilotage.ingest.wire import wire

SCHEMA = wire("test_wire", "message Body { repeated Point points = 1; }\nmessage Point { optional_double low = 1; fixed64 count = 2; }")


def test_zero_and_absent_stay_different() -> None:
    body = SCHEMA.validator()()
    body.points.add(low=0.0)
    body.points.add()
    again = SCHEMA.validator().FromString(body.SerializeToString())
    assert [p.HasField("low") for p in again.points] == [True, False]


def test_unknown_fields_survive() -> None:
    later = wire(
        "test_wire_later", "message Body { repeated Point points = 1; string extra = 9; }\nmessage Point { optional_double low = 1; }"
    )
    sent = later.validator()(extra="kept").SerializeToString()
    assert SCHEMA.validator().FromString(sent).SerializeToString() == sent
