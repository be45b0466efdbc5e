"""networks -- the addresses that bars 10 and 11 use, and rules by the hundred thousand

All is in 127.0.0.0/8: who is measured, who holds sessions, who floods, and who is only
remembered.  The rules are the same in each run: chains of networks, each in the one
before, allowed and denied in turn, of both families; some of them hold the clients.
"""

import ipaddress
import random

# The load client's own addresses, 127.0.1.1 and so on.
HONEST = "127.0.1.0/24"
HOLDER = "127.32.0.1"
FLOODER = "127.64.0.1"
FLOOD = "127.64.0.0/10"
KNOWN = "127.128.0.1"
KNOWN_ALL = "127.128.0.0/9"

LOOPBACK = [("127.0.0.0/8", True), ("127.0.0.0/12", False), ("127.0.0.0/16", True),
            ("127.0.1.0/24", False), ("127.0.1.0/27", True), (FLOOD, False),
            (KNOWN_ALL, False)]
STEPS = {4: (4, 8), 6: (8, 16)}  # how much longer the next prefix of a chain is
FIRST = {4: (8, 16), 6: (16, 32)}
V6 = 0.4  # of all chains


def chain(source):
    """Networks, each in the one before; from a short prefix to a single address."""
    version = 6 if source.random() < V6 else 4
    kind = ipaddress.IPv6Network if version == 6 else ipaddress.IPv4Network
    bits = 128 if version == 6 else 32
    # 2000::/3: what is given to networks; in it are no addresses that stand for others.
    address = source.getrandbits(bits) if version == 4 else \
        1 << 125 | source.getrandbits(125)
    prefix = source.randint(*FIRST[version])
    while prefix <= bits:
        yield kind((address >> (bits - prefix) << (bits - prefix), prefix))
        if prefix == bits:
            return
        prefix = min(bits, prefix + source.choice(STEPS[version]))


def rules(count):
    """{network: is it allowed}, so many."""
    source, found = random.Random(10), {}
    for word, is_allowed in LOOPBACK[:count]:
        found[ipaddress.ip_network(word)] = is_allowed
    loopback = ipaddress.ip_network("127.0.0.0/8")
    while len(found) < count:
        is_allowed = source.random() < 0.5
        for network in chain(source):
            if len(found) < count and not (network.version == 4 and
                                           network.overlaps(loopback)):
                found.setdefault(network, is_allowed)
                is_allowed = not is_allowed
    return found


def write_rules(folder, count):
    """[file of what is allowed, file of what is denied], made once."""
    paths = {name: folder / f"{name}-{count}.rules" for name in ("allow", "deny")}
    if not all(path.exists() for path in paths.values()):
        found = rules(count)
        for name, path in paths.items():
            path.write_text("".join(f"{network}\n" for network, is_allowed in found.items()
                                    if is_allowed == (name == "allow")))
    return [str(path) for path in paths.values()]
