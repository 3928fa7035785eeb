from __future__ import annotations

from pilotage.ingest import senders as module
from pilotage.ingest.senders import OTHERS, Sender, Senders


def test_what_a_sender_did_and_was_told():
    senders = Senders()
    shop = Sender("otlp", "shop", "192.0.2.1")
    senders.acknowledged(shop, "otlp-logs", 10, 100)
    senders.acknowledged(shop, "otlp-metrics", 5, 50)
    senders.refused(shop, "undecodable", "the body is not valid")
    senders.refused(shop, "undecodable", "x" * 1000)
    found = senders.all()[shop]
    assert (found.requests, found.items, found.size, found.streams) == (2, 15, 150, {"otlp-logs", "otlp-metrics"})
    assert (found.refused["undecodable"].requests, len(found.refused["undecodable"].sentence)) == (2, module.SENTENCE_LENGTH)
    senders.refused(shop, "token-invalid", "")
    assert senders.all()[shop].refused["token-invalid"].sentence == "token invalid"
    found.refused.clear()
    assert senders.all()[shop].refused


def test_a_flood_of_strangers_neither_grows_nor_hides_those_known():
    senders = Senders(most=20, strangers=5)
    friend = Sender("hec", "shop", "192.0.2.1")
    senders.acknowledged(friend, "hec", 1, 1)
    for number in range(1000):
        senders.refused(Sender("hec", "", f"198.51.100.{number}"), "token-invalid", "unknown")
    found = senders.all()
    assert len(found) == 7
    assert found[Sender("hec", "", OTHERS)].refused["token-invalid"].requests == 995
    for number in range(100):
        senders.acknowledged(Sender("hec", "shop", f"203.0.113.{number}"), "hec", 1, 1)
    found = senders.all()
    assert len(found) == 20
    assert found[friend].items == 1
    assert sum(each.items for each in found.values()) == 101


def test_the_idle_make_room(monkeypatch):
    now = [1_000_000.0]
    monkeypatch.setattr(module.time, "time", lambda: now[0])
    senders = Senders(strangers=2)
    for number in range(3):
        senders.refused(Sender("hec", "", f"peer-{number}"), "token-invalid", "")
    now[0] += module.IDLE_SECONDS + 1
    senders.refused(Sender("hec", "", "late"), "token-invalid", "")
    assert {each.peer for each in senders.all()} == {OTHERS, "late"}
