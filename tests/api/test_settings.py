from __future__ import annotations

import pytest

from pilotage.api.settings import SCOPES, duration_seconds, parse_settings, read_settings, valid_index
from pilotage.model.problem import PilotageError


def problem(text):
    with pytest.raises(PilotageError) as caught:
        parse_settings(text, name="p.toml")
    return caught.value.problem


def test_everything_of_the_contract_is_read():
    settings = parse_settings(
        """
        [[tokens]]
        value = "abc"
        name = "collector"
        kind = "hec"
        indexes = ["main", "web"]
        default_index = "web"
        ack = true
        [[tokens]]
        value = "root"
        scopes = ["admin", "read"]
        [index.web]
        retention = "30d"
        [limits]
        request_bytes = 1024
        query_seconds = 5
        [server]
        allowed_hosts = ["obs.example"]
        allowed_origins = ["https://shop.example"]
        """
    )
    collector, root = settings.tokens
    assert (collector.granted(), collector.ack, collector.default_index) == (("ingest",), True, "web")
    assert root.granted() == ("admin", "read")
    assert settings.index["web"].retention_seconds() == 30 * 86400
    assert settings.limits.request_bytes == 1024
    assert settings.limits.query_seconds == 5.0
    assert settings.server.allowed_origins == ("https://shop.example",)


def test_a_token_without_scopes_or_kind_has_every_scope():
    assert parse_settings('[[tokens]]\nvalue = "x"').tokens[0].granted() == SCOPES


@pytest.mark.parametrize(
    ("text", "sentence", "hint"),
    [
        ("[limit]", "p.toml: unknown key `limit`", "did you mean `limits`?"),
        ("[limits]\nrequest_byte = 1", "p.toml: unknown key `request_byte` in `limits`", "did you mean `request_bytes`?"),
        ('[[tokens]]\nvalue="a"\nscope=["read"]', "p.toml: unknown key `scope` in `tokens[1]`", "did you mean `scopes`?"),
        ('[index.web]\nretentoin="1d"', "p.toml: unknown key `retentoin` in `index.web`", "did you mean `retention`?"),
        ('[[tokens]]\nname="a"', "p.toml: `tokens[1]` lacks the key `value`", None),
        ('[limits]\nrequest_bytes="big"', "p.toml: `limits.request_bytes`: expected `int`, got `str`", None),
        ("[limits]\nrequest_bytes=0", "p.toml: limits.request_bytes is 0, must be above 0", None),
        ('[[tokens]]\nvalue="a"\n[[tokens]]\nvalue="a"', "p.toml: tokens[2] has the value of an earlier token", None),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text, sentence, hint):
    found = problem(text)
    assert (found.code, found.sentence, found.hint) == ("bad-configuration", sentence, hint)


def test_scrape_entries_have_defaults():
    (scrape,) = parse_settings('[[scrape]]\njob = "node"\ntargets = ["a:9100", "[::1]:1"]').scrape
    assert (scrape.interval, scrape.timeout_seconds(), scrape.path, scrape.scheme, scrape.index) == (
        "15s",
        10,
        "/metrics",
        "http",
        "metrics",
    )


def test_a_scrape_takes_no_longer_than_its_interval():
    (scrape,) = parse_settings('[[scrape]]\njob = "node"\ntargets = ["a:9100"]\ninterval = "5s"').scrape
    assert scrape.timeout_seconds() == 5


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('job = ""', "job must not be empty"),
        ('job = "j"', "name targets or files"),
        ('job = "j"\ntargets = ["http://a/b"]', "target `http://a/b` is not `host:port`"),
        ('job = "j"\ntargets = ["a:1"]\ninterval = "5s"\ntimeout = "10s"', "timeout 10s is longer than interval 5s"),
        ('job = "j"\ntargets = ["a:1"]\npath = "m"', "path `m` does not begin with `/`"),
        ('job = "j"\ntargets = ["a:1"]\nbearer_token = "t"\nusername = "u"', "give a bearer token or a username, not both"),
        ('job = "j"\ntargets = ["a:1"]\nindex = "_internal"', "`_internal` is not an index name"),
        ('job = "j"\ntargets = ["a:1"]\nsample_limit = 0', "body_bytes and sample_limit must be above 0"),
    ],
)
def test_scrape_entries_are_checked(text, wrong):
    assert problem(f"[[scrape]]\n{text}").sentence == f"p.toml: scrape[1]: {wrong}"


def test_how_a_source_is_cut_into_messages():
    text = '[[tokens]]\nvalue = "a"\nkind = "sumo"\n'
    (token,) = parse_settings(text + 'multiline = "regex"\nboundary = "^\\\\d"\ntime_zone = "Europe/Berlin"').tokens
    assert (token.multiline, token.boundary, token.time_zone, token.granted()) == ("regex", "^\\d", "Europe/Berlin", ("ingest",))
    assert parse_settings(text).tokens[0].multiline == "line"
    needs = 'p.toml: tokens[1] needs `boundary` with `multiline = "regex"`, and only then'
    assert problem(text + 'multiline = "regex"').sentence == needs
    assert problem(text + 'boundary = "x"').sentence == needs
    assert problem(text + 'multiline = "regex"\nboundary = "("').code == "bad-pattern"
    assert problem(text + 'time_zone = "Mars"').code == "unknown-time-zone"
    assert problem(text + 'multiline = "lines"').code == "bad-configuration"


def test_toml_that_does_not_parse_names_the_file():
    assert problem("x = = 1").sentence.startswith("p.toml is not TOML: ")


def test_bad_retention_and_names():
    assert problem('[index.web]\nretention = "soon"').code == "bad-duration"
    assert problem('[index."a b"]').sentence == "p.toml: `a b` is not an index name"


def test_durations():
    assert [duration_seconds(text) for text in ("90s", "5m", "2h", "1w")] == [90, 300, 7200, 604800]
    with pytest.raises(PilotageError):
        duration_seconds("0d")


def test_no_file_means_defaults_and_a_missing_file_is_named(tmp_path):
    assert read_settings(None).tokens == ()
    with pytest.raises(PilotageError, match="unreadable-configuration") as absent:
        read_settings(tmp_path / "absent.toml")
    assert str(absent.value).count("absent.toml") == 1


@pytest.mark.parametrize("name", ["main", "Web.Shop-1", "x" * 80, "_internal", "_dead_letter", "_mine"])
def test_what_may_hold_data_may_be_exported_and_kept_for_a_time(name):
    assert valid_index(name)
    assert parse_settings(f'[index."{name}"]\nretention = "1d"').index[name].retention == "1d"


@pytest.mark.parametrize("name", ["", "x" * 81, "a b", "a/b", "é", "a\n", 'a"'])
def test_what_nothing_can_be_written_to_is_no_index(name):
    assert not valid_index(name)
