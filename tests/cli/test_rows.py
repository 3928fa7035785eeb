from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from pilotage.cli.rows import write_csv, write_json, write_table


def lines(*rows):
    return iter([row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows])


def as_csv(rows, columns=None):
    out = io.StringIO(newline="")
    write_csv(rows, columns, out)
    return out.getvalue()


def test_csv_has_a_header_without_rows():
    assert as_csv(lines(), ["a", "b"]) == "a,b\r\n"


def test_open_columns_are_the_union_in_order_of_appearance():
    assert as_csv(lines({"b": 1}, {"a": "x", "b": 2})) == "b,a\r\n1,\r\n2,x\r\n"


def test_numbers_keep_their_text():
    row = b'{"_time": 1767607190.123456789, "n": 1.0, "big": "9007199254740993", "t": true}'
    assert as_csv(lines(row)) == "_time,n,big,t\r\n1767607190.123456789,1.0,9007199254740993,true\r\n"


def test_multivalue_is_joined_by_newline_and_quoted():
    assert as_csv(lines({"a": ["x", 2]})) == 'a\r\n"x\n2"\r\n'


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(min_size=1), max_size=3)))
def test_csv_reads_back(rows):
    text = as_csv(lines(*rows), ["a", "b", "c"])
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [{name: value for name, value in row.items() if value} for row in read] == rows


def test_json_passes_bytes_through():
    out = io.BytesIO()
    write_json(lines(b'{"a": 1.50}'), out)
    assert out.getvalue() == b'{"a": 1.50}\n'


def test_table_aligns_and_keeps_a_row_on_a_line():
    out = io.StringIO()
    write_table(lines({"name": "a\nb", "n": 10}, {"name": "c", "n": None}), ["name", "n"], out)
    assert out.getvalue() == "name  n\n----  --\na⏎b   10\nc\n"
