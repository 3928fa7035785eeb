"""The Elasticsearch client's own bulk function, an index call and what it asks before. Argument: the server's address."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from elasticsearch import Elasticsearch, helpers

client = Elasticsearch(sys.argv[1], basic_auth=("user", "any"), http_compress=True, max_retries=0)


def actions() -> Iterator[dict[str, object]]:
    """Good documents, one with a time that is none, and one that asks for a change."""
    for number in range(250):
        document = {"@timestamp": f"2026-11-21T18:17:{number % 60:02d}.{number:03d}Z", "message": f"line {number} é", "n": number}
        yield {"_op_type": "create", "_index": "logs-app-default", "_id": f"id{number}", "log": {"level": "error"}, **document}
    yield {"_index": "logs-app-default", "@timestamp": "soon", "message": "bad"}
    yield {"_op_type": "delete", "_index": "logs-app-default", "_id": "id1"}


assert client.info()["tagline"] == "You Know, for Search"
assert client.ping()
assert client.indices.exists(index="logs-app-default")
client.indices.put_index_template(name="logs", index_patterns=["logs-*"])
client.indices.create(index="logs-app-default")
stored, errors = helpers.bulk(client, actions(), chunk_size=100, raise_on_error=False)
single = client.index(index="logs-single", document={"message": "single", "service.name": "fraud"})
licence = client.license.get()["license"]["type"]
sys.stdout.write(json.dumps({"stored": stored, "errors": errors, "single": single["result"], "licence": licence}))
