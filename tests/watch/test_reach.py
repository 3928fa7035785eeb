from __future__ import annotations

import pytest

from pilotage.model.problem import PilotageError
from pilotage.watch.reach import Reach

INSIDE = [
    "127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1",
    "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "ff02::1", "64:ff9b:1::1",
    "64:ff9b::127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_of_this_network_are_out_of_reach(address):
    with pytest.raises(PilotageError, match="address-refused"):
        Reach((), lambda *_: [address]).addresses("innocent.example", 443)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111"])
def test_public_addresses_are_in_reach(address):
    assert Reach((), lambda *_: [address]).addresses("example.com", 443) == [address]


@pytest.mark.parametrize("allow", ["10.0.0.0/8", "10.1.2.3", "relay.internal", "*.internal"])
def test_an_operator_allows_by_network_address_or_name(allow):
    assert Reach((allow,), lambda *_: ["10.1.2.3"]).addresses("Relay.internal.", 25) == ["10.1.2.3"]


def test_of_several_addresses_only_the_good_ones_are_used():
    assert Reach((), lambda *_: ["10.0.0.1", "93.184.215.14"]).addresses("mixed.example", 443) == ["93.184.215.14"]


def test_a_host_that_is_not_known():
    with pytest.raises(PilotageError, match="host-unknown"):
        Reach().addresses("no-such-host.invalid", 443)


def test_an_entry_that_is_neither_is_refused():
    with pytest.raises(PilotageError, match="bad-configuration"):
        Reach(("10.0.0.0/99",)).check()
