"""Which IP addresses are public: those that anybody's server can have.

Knows IANA's registries of special-purpose addresses, in a table of our own: Python's knows them as
they were when that Python was made, so one address would be asked by one version and refused by
another. Of names it knows those that no public server has, and resolves none: refuses to know
sockets. It stands on the ground floor, as fetching asks addresses and others publish them.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

# Everything that is not a public server's, as of 2026-11-26, by IANA's registries
# iana-ipv4-special-registry, iana-ipv6-special-registry and ipv4-address-space. What a registry
# calls globally reachable is here as well where it is a service of the network itself (anycast of
# AS112, TURN, PCP, AMT): no feed is there.
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host agent, which is in no registry
        "169.254.0.0/16",  # link-local, and the metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments: DS-Lite, PCP, TURN, NAT64 discovery
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarks, AMT, AS112, ORCHID, DRIP
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# All that IANA has given out as global unicast addresses (ipv6-address-space). Outside of it lie
# loopback, IPv4 within IPv6 (mapped, compatible, NAT64's 64:ff9b::/96 and 64:ff9b:1::/48), discard
# and dummy prefixes, segment routing, unique-local, link-local, site-local and multicast.
_GLOBAL_UNICAST = ip_network("2000::/3")
# Names that are resolved within a network alone: RFC 6761, RFC 6762, RFC 8375, ICANN's internal,
# and those that it never gives out, as many networks use them.
_PRIVATE_NAMES = (
    *(".localhost", ".local", ".home.arpa", ".internal"),
    *(".lan", ".home", ".corp", ".intranet"),
)
# A host of this form is an IPv4 address to whoever asks it, however it is written (WHATWG URL,
# §3.5).
_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")


def is_public(address: str) -> bool:
    """Tell whether an IP address is public: one that anybody's server can have.

    >>> is_public("203.0.113.9"), is_public("8.8.8.8"), is_public("::ffff:8.8.8.8")
    (False, True, False)
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed not in _GLOBAL_UNICAST:
        return False
    return not any(parsed.version == net.version and parsed in net for net in _NOT_PUBLIC)


def names_public_host(url: str) -> bool:
    """Tell whether a web address may lead to a server that anybody reaches, by its host alone.

    >>> names_public_host("https://kagoj.example/a"), names_public_host("http://127.1/a")
    (True, False)
    >>> names_public_host("http://localhost:8000/"), names_public_host("http://[::1]/")
    (False, False)
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if "%" in host:  # whoever asks it resolves escapes first: 10.0.0.%31 is 10.0.0.1
        return False
    if ":" in host or _ENDS_IN_NUMBER.search(host):
        return is_public(host)
    return "." in host and not host.endswith(_PRIVATE_NAMES)
