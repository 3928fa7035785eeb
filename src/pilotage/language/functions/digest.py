"""Checksums of texts, in lower-case hex."""

from __future__ import annotations

from pilotage.language.sql.fragments import call
from pilotage.language.sql.signature import Function, function
from pilotage.language.sql.value import Value, text
from pilotage.model.fields import Kind


def _digest(name: str, sql_name: str, start: str) -> Function:
    return function(name, 1, help=f"The {name.upper()} of the text.", examples=((f'substr({name}("abc"), 1, 6)', start),))(
        lambda site: Value(call("lower", call("hex", call(sql_name, text(site.arguments[0])))), Kind.TEXT)
    )


md5 = _digest("md5", "MD5", "900150")
sha1 = _digest("sha1", "SHA1", "a9993e")
sha256 = _digest("sha256", "SHA256", "ba7816")
sha512 = _digest("sha512", "SHA512", "ddaf35")
