from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.cli.files import RECORD_LINES, batches, format_of
from pilotage.model.problem import PilotageError


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jsonl", "jsonl"), ("a.jsonl.gz", "jsonl"), ("a.CSV", "csv"), ("a.csv.zst", "csv"), ("syslog.gz", "text"), ("a.log", "text")],
)
def test_the_name_tells_the_format(tmp_path, name, kind):
    assert format_of(tmp_path / name) == kind


def test_an_unknown_name_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(PilotageError, match="unknown-format"):
        format_of(tmp_path / "data.xlsx")


def written(tmp_path, name, data):
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(data))
    elif name.endswith(".zst"):
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(data)
    else:
        path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_batches_are_whole_lines_with_their_numbers(tmp_path, name):
    data = b"".join(b'{"n": %d}\n' % n for n in range(100))
    found = list(batches(written(tmp_path, name, data), batch_bytes=100))
    assert b"".join(each.body for each in found) == data
    assert len(found) > 5
    assert [each.first_line for each in found][:2] == [1, 1 + found[0].lines]
    assert sum(each.lines for each in found) == 100


@given(cut=st.integers(0, 30))
def test_skipping_gives_exactly_the_rest(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("skip") / "a.log"
    rows = [b"line %d\n" % n for n in range(30)]
    path.write_bytes(b"".join(rows))
    found = list(batches(path, skip_lines=cut, batch_bytes=25))
    assert b"".join(each.body for each in found) == b"".join(rows[cut:])
    assert all(each.body.splitlines(keepends=True)[0] == rows[each.first_line - 1] for each in found)


def test_each_csv_batch_begins_with_the_header_and_keeps_quoted_line_ends(tmp_path):
    path = written(tmp_path, "a.csv", b'\xef\xbb\xbfa,b\n1,"x\ny"\n2,z\n3,w')
    found = list(batches(path, batch_bytes=1))
    assert [(each.body, each.first_line, each.lines) for each in found] == [
        (b'a,b\n1,"x\ny"\n', 2, 2),
        (b"a,b\n2,z\n", 4, 1),
        (b"a,b\n3,w", 5, 1),
    ]
    assert [each.body for each in batches(path, skip_lines=3, batch_bytes=1)] == [b"a,b\n2,z\n", b"a,b\n3,w"]


def test_a_quote_that_never_closes_spoils_its_own_line_only(tmp_path):
    count = RECORD_LINES + 10
    path = written(tmp_path, "a.csv", b'a\n5" pipe\n' + b"x\n" * count)
    found = list(batches(path, batch_bytes=1))
    assert found[0].body == b'a\n5" pipe\n'
    assert {each.body for each in found[1:]} == {b"a\nx\n"}
    assert len(found) == count + 1


def test_an_empty_csv_has_no_batch(tmp_path):
    assert list(batches(written(tmp_path, "a.csv", b""))) == []
    assert list(batches(written(tmp_path, "b.csv", b"a,b\n"))) == []


def test_parquet_becomes_json_lines_with_full_times(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "t": pa.array([1767607190123456789, None], pa.timestamp("ns")),
            "n": [9007199254740993, 2],
            "b": pa.array([b"\xff", None]),
        }
    )
    pq.write_table(table, path)
    (batch,) = batches(path)
    assert [json.loads(line) for line in batch.body.splitlines()] == [
        {"t": "2026-01-05T09:59:50.123456789Z", "n": 9007199254740993, "b": "/w=="},
        {"n": 2},
    ]
    (rest,) = batches(path, skip_lines=1)
    assert (rest.first_line, json.loads(rest.body)) == (2, {"n": 2})


@pytest.mark.parametrize(("name", "data"), [("a.log.gz", b"not gzip"), ("a.log.zst", b"not zstd"), ("a.parquet", b"PAR1")])
def test_a_broken_file_is_named(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PilotageError, match="unreadable-file"):
        list(batches(path))
