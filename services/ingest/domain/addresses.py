"""Which hosts and network addresses a stranger may send us to: an allow rule, global unicast and nothing else."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# What the IANA registries of special-purpose addresses keep for other ends than reaching a public site.
NOT_FOR_SITES_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by carriers; clouds keep their metadata there too
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a cloud's own servant, on an address that looks public
            "169.254.0.0/16",  # link-local, metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # automatic multicast tunnels
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
# Everything outside 2000::/3 is refused without being named: loopback, mapped, NAT64, local, site-local, multicast…
NOT_FOR_SITES_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address inside, of any sort
            "2620:4f:8000::/48",  # AS112
            "3ffe::/16",  # given back
            "3fff::/20",  # documentation
        ),
    )
)
_ISATAP = {0x00005EFE, 0x02005EFE}  # first half of an interface that embeds an IPv4 address

NAMES_OF_NO_SITE = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "onion",
    "test",
    "invalid",
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
LONGEST_NAME = 253


def is_public(address: Address) -> bool:
    """Whether an address may be a public site's."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_FOR_SITES_4)
    if address.scope_id is not None or address not in GLOBAL_UNICAST_6:
        return False
    if any(address in network for network in NOT_FOR_SITES_6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP


def literal(host: str) -> Address | None:
    """The address a host is written as, in its one usual spelling; None for a name."""
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None


def is_site_name(host: str) -> bool:
    """Whether a host, in ASCII, reads as the name of a public site.

    A last label that is a number makes browsers read the whole as an IPv4 address, in octal, hexadecimal or short:
    such a host is no name.
    """
    labels = host.lower().split(".")
    if len(labels) < 2 or len(host) > LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    if _NUMBER.fullmatch(labels[-1]):
        return False
    return not any(f".{host.lower()}".endswith(f".{name}") for name in NAMES_OF_NO_SITE)
