"""The page's files: negotiated, cached, never anything outside the dictionary; and the headers that protect it."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.api import pages
from pilotage.api.pages import accepted, read_files

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def page_in(tmp_path):
    """A small page, and things beside and inside it that are none of it."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<meta property="csp-nonce" nonce="__CSP_NONCE__"><div id="root">')
    (folder / "theme.js").write_text("document.documentElement.dataset.theme = 'dark';")
    script = b"console.log('page');" * 50
    (folder / "assets" / "app-1a2b.js").write_bytes(script)
    (folder / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(script))
    (folder / "assets" / "app-1a2b.js.br").write_bytes(b"as brotli")
    (folder / "assets" / "secret.py").write_text("no type of a page")
    (folder / ".hidden.js").write_text("hidden")
    (tmp_path / "outside.js").write_text("outside")
    (folder / "link.js").symlink_to(tmp_path / "outside.js")
    (folder / "tree").symlink_to(tmp_path)
    return folder


@contextlib.contextmanager
def serving(start_anywhere, tmp_path):
    """A server with that page."""
    with pytest.MonkeyPatch.context() as patch:
        folder = page_in(tmp_path)
        patch.setattr(pages.Pages.__init__, "__defaults__", (folder, *pages.Pages.__init__.__defaults__[1:]))
        with start_anywhere(tmp_path) as running:
            running.folder = folder
            yield running


@pytest.fixture(scope="module")
def built(start_anywhere, tmp_path_factory):
    """A server with a small page; `built.folder` is where it lies."""
    with serving(start_anywhere, tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.fixture
def own(start_anywhere, tmp_path):
    """A server whose page the test may change."""
    with serving(start_anywhere, tmp_path) as running:
        yield running


def test_the_page_has_a_new_nonce_with_every_answer(built):
    first, second = (built.call("GET", "/", headers=BROWSER) for _ in range(2))
    assert first.status == 200
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    nonce = re.search(rb'nonce="([\w-]{20,})"', first.body)[1].decode()
    assert f"style-src 'self' 'nonce-{nonce}';" in first.headers["content-security-policy"]
    assert nonce.encode() not in second.body


def test_the_policy_allows_no_inline_script(built):
    directives = dict(
        each.strip().split(" ", 1) for each in built.call("GET", "/", headers=BROWSER).headers["content-security-policy"].split(";")
    )
    assert directives["script-src"] == "'self'"
    assert directives["default-src"] == directives["connect-src"] == directives["form-action"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == directives["object-src"] == "'none'"
    assert directives["img-src"] == "'self' data:"
    assert "unsafe" not in " ".join(directives.values())


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/theme.js"), ("GET", "/api/v1/status"), ("GET", "/api/v1/nothing"), ("GET", "/openapi.json")],
)
def test_every_answer_is_protected(built, method, path):
    headers = built.call(method, path, headers=BROWSER).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert len(headers.get_all("content-security-policy")) == 1


@pytest.mark.parametrize("path", ["/search", "/dashboards/7", "/search/some.view", "/%E2%82%AC"])
def test_addresses_of_the_page_get_the_page(built, path):
    answer = built.call("GET", path, headers=BROWSER)
    assert (answer.status, b'id="root"' in answer.body) == (200, True)
    plain = built.call("GET", path)
    assert (plain.status, json.loads(plain.body)["error"]["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/assets/app-old.js", "/assets/", "/v1/nothing"])
def test_what_is_no_address_of_the_page_does_not(built, path):
    answer = built.call("GET", path, headers=BROWSER)
    assert answer.status == 404
    assert b"root" not in answer.body


def test_only_browsers_get_the_page_at_the_root(built):
    answer = built.call("GET", "/", headers={"Accept": "application/json"})
    assert b"root" not in answer.body
    assert built.call("POST", "/", headers=BROWSER).status == 404


@pytest.mark.parametrize(
    ("header", "coding", "body"),
    [
        ("gzip, deflate, br", "br", b"as brotli"),
        ("gzip", "gzip", None),
        ("br;q=0, gzip", "gzip", None),
        ("identity", None, None),
        ("br;q=x", None, None),
    ],
)
def test_assets_are_compressed_as_wanted_and_kept_for_ever(built, header, coding, body):
    answer = built.call("GET", "/assets/app-1a2b.js", headers={"Accept-Encoding": header})
    assert answer.status == 200
    assert answer.headers["content-encoding"] == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.body == body if body else len(answer.body) > 0
    if coding == "gzip":
        assert gzip.decompress(answer.body) == b"console.log('page');" * 50


def test_an_unchanged_file_is_not_sent_again(built):
    first = built.call("GET", "/theme.js")
    assert first.headers["cache-control"] == "no-cache"
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = built.call("GET", "/theme.js", headers={"If-None-Match": known})
        assert (again.status, again.body) == (304, b"")
    assert built.call("GET", "/theme.js", headers={"If-None-Match": '"other"'}).status == 200
    coded = built.call("GET", "/assets/app-1a2b.js", headers={"Accept-Encoding": "br"}).headers["etag"]
    assert built.call("GET", "/assets/app-1a2b.js", headers={"If-None-Match": coded}).status == 200


def test_head_has_the_headers_and_no_body(built):
    whole = built.call("GET", "/theme.js")
    head = built.call("HEAD", "/theme.js")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(whole.body)))
    assert built.call("HEAD", "/", headers=BROWSER).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.js", "/assets/../../outside.js", "/%2e%2e/outside.js", "/assets/%2e%2e/%2e%2e/outside.js", "/..%2foutside.js",
        "/link.js", "/tree/outside.js", "//outside.js", "/assets/..%5c..%5coutside.js", "/%2e%2e%00/outside.js", "/theme.js%00.png",
        "/.hidden.js", "/assets/secret.py", "/static/theme.js", "/index.html/../../outside.js",
    ],
)  # fmt: skip
def test_nothing_else_is_served(built, path):
    """Sent as they stand: a client library would tidy such addresses up."""
    for accept in ("*/*", BROWSER["Accept"]):
        with socket.create_connection(("127.0.0.1", built.port), timeout=10) as connection:
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"outside" not in body.replace(b"outside.js", b"")
        assert b"hidden" not in body.replace(b"hidden.js", b"")
        assert b"no type of a page" not in body
        status = int(head.split()[1])
        assert status == 404 or (status == 200 and b'id="root"' in body)


@pytest.mark.parametrize("path", ["/%2e%2e/outside.js", "/a%00b", "/a%5cb", "/./x"])
def test_what_tries_to_leave_is_not_even_the_page(built, path):
    with socket.create_connection(("127.0.0.1", built.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")


def test_a_page_of_another_site_gets_nothing(built):
    assert built.call("GET", "/", headers={**BROWSER, "Host": "evil.example"}).status == 403
    assert built.call("GET", "/theme.js", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}).status == 403
    link = {**BROWSER, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert built.call("GET", "/", headers=link).status == 200


def test_a_rebuilt_page_needs_no_restart(own):
    assert own.call("GET", "/assets/new-3c4d.js").status == 404
    (own.folder / "assets" / "new-3c4d.js").write_text("new")
    (own.folder / "index.new").write_text("<p>new page")
    (own.folder / "index.new").replace(own.folder / "index.html")
    assert own.call("GET", "/", headers=BROWSER).body == b"<p>new page"
    assert own.call("GET", "/assets/new-3c4d.js").body == b"new"


def test_a_page_that_was_not_built_says_so(own):
    (own.folder / "index.html").unlink()
    answer = own.call("GET", "/", headers=BROWSER)
    assert (answer.status, b"was not built" in answer.body) == (503, True)
    assert own.call("GET", "/theme.js").status == 404


def test_reading_follows_no_link(built):
    assert sorted(read_files(built.folder)) == ["/assets/app-1a2b.js", "/index.html", "/theme.js"]


@given(st.text(max_size=40))
def test_any_accept_encoding_gives_something_offered(header):
    assert accepted(header, {"br": b"", "gzip": b""}) in (None, "br", "gzip")
