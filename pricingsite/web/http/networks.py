"""Where a request comes from, as limits count it."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

# A household or a server has a whole IPv6 network of this size to itself.
_PREFIX = 64


def network() -> str:
    """An IPv4 address, or the network that an IPv6 address is in; some proxies name a port."""
    address = (request.remote_addr or "").strip()
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip, _PREFIX), strict=False))
