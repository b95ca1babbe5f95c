"""Which addresses and names a stranger may send us to."""

from ipaddress import ip_address

import pytest

from services.ingest.domain.addresses import NOT_FOR_SITES_4, is_public, is_site_name

REFUSED = {
    "loopback": ("127.0.0.1", "127.255.255.254", "::1"),
    "this network": ("0.0.0.0", "0.0.0.1", "::"),  # noqa: S104 - refused, never bound
    "private": ("10.0.0.1", "172.31.255.1", "192.168.1.1"),
    "shared": ("100.64.0.1", "100.100.100.200", "100.127.255.254"),
    "link-local": ("169.254.0.1", "fe80::1", "fe80::1%eth0"),
    "metadata": ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "192.0.0.192", "fd20:ce::254"),
    "multicast": ("224.0.0.1", "239.255.255.250", "ff02::1"),
    "reserved": ("240.0.0.1", "255.255.255.255", "4000::1"),
    "documentation": ("192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1", "3fff::1"),
    "benchmarks": ("198.18.0.1", "198.19.255.255", "2001:2::1"),
    "nat64": ("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "64:ff9b::5db8:d822"),
    "6to4": ("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:5db8:d822::1", "192.88.99.1"),
    "teredo": ("2001::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    "mapped": ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34"),
    "compatible": ("::127.0.0.1", "::a00:1", "::93.184.216.34"),
    "translated": ("::ffff:0:127.0.0.1", "::ffff:0:a00:1", "100::1"),
    "site-local": ("fec0::1", "feff::1", "fec0:0:0:ffff::1"),
    "unique local": ("fc00::1", "fd12:3456::1", "fdff::1"),
    "isatap": ("2a00:1450::5efe:7f00:1", "2a00:1450::200:5efe:a00:1", "2606:4700::5efe:c0a8:101"),
    "given back": ("3ffe::1", "3ffe:831f::1", "5f00::1"),
}


@pytest.mark.parametrize("text", [address for addresses in REFUSED.values() for address in addresses])
def test_an_address_that_is_no_public_sites_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))


def test_every_class_has_three_targets_and_more() -> None:
    assert [name for name, addresses in REFUSED.items() if len(addresses) < 3] == []


@pytest.mark.parametrize("network", NOT_FOR_SITES_4, ids=str)
def test_the_edges_of_a_network_are_inside_it_and_its_neighbours_are_judged_alone(network: object) -> None:
    found = next(one for one in NOT_FOR_SITES_4 if one == network)
    assert not is_public(found.network_address)
    assert not is_public(found.broadcast_address)


@pytest.mark.parametrize(
    "text", ["93.184.216.34", "9.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.1", "223.255.255.255"]
)
def test_an_ordinary_ipv4_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", ["2606:2800:220:1::1", "2a00:1450:4007:80c::2003", "2001:200::1", "2003::1"])
def test_an_ordinary_ipv6_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "intranet",
        "printer.local",
        "db.internal",
        "metadata.google.internal",
        "box.home.arpa",
        "1.0.0.127.in-addr.arpa",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "127.0.0.0x1",
        "1.2.3.4.5",
        "a..b",
        ".fr",
        "",
        "exemple.fr.",
        "127%2e0%2e0%2e1",
        "exemple.fr%00.x",
        "ex emple.fr",
        "exemple.fr\r\nx",
        "-exemple.fr",
        "exemple-.fr",
        "é.fr",
        f"{'a' * 64}.fr",
        f"{'a.' * 130}fr",
    ],
)
def test_a_host_in_an_odd_spelling_or_of_an_inner_network_is_no_sites_name(host: str) -> None:
    assert not is_site_name(host)


@pytest.mark.parametrize("host", ["exemple.fr", "www.exemple.bzh", "xn--exmple-cua.fr", "EXEMPLE.FR", "3w.exemple.eu"])
def test_an_ordinary_name_is_a_sites(host: str) -> None:
    assert is_site_name(host)
