"""The guide to scraping: its example is a valid configuration, and its table has every key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from pilotage.api.settings import ScrapeSetting, parse_settings

TEXT = (Path(__file__).parents[2] / "docs" / "guides" / "scraping.md").read_text()


def test_the_example_is_a_configuration() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    (scrape,) = parse_settings(example).scrape
    assert (scrape.job, scrape.targets, scrape.timeout_seconds()) == ("example", ("127.0.0.1:9100",), 5)


def test_every_key_is_in_the_table() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \|", TEXT, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {each.name for each in fields(ScrapeSetting)}
