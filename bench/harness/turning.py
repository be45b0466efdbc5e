"""turning -- how peers turn clients away: whoever has enough sessions, or by a rule

The flood of bar 11 meets these command lines; otherwise they are those of `servers`.
"""

import os
import subprocess
from dataclasses import dataclass

from .servers import s6_tcpserver, svd, tcpserver, xinetd

PER_SOURCE = 4
# What the flood's addresses begin with, see networks.py.
RULES = "127.64.:deny\n:allow\n"


def tcpserver_rules(at):
    rules = at.write("rules", RULES)
    tcprules = os.path.join(os.path.dirname(at.tool), "tcprules")
    with open(rules, "rb") as text:
        subprocess.run([tcprules, rules + ".cdb", rules + ".new"], stdin=text, check=True)
    tool, *words = tcpserver(at)
    return [tool, "-x", rules + ".cdb", *words]


def svd_per_source(at):
    tool, *words = svd(at)
    return [tool, "-C", str(PER_SOURCE), *words]


def s6_per_source(at):
    tool, *words = s6_tcpserver(at)
    return [tool, "-C", str(PER_SOURCE), *words]


def xinetd_per_source(at):
    return xinetd(at, PER_SOURCE)


@dataclass
class Turning:
    """A peer's command line.  `has_rule`: about the flood's network, so that no flooder
    needs a session before."""

    command: object
    has_rule: bool = False


TURNING = {
    "tcpserver": Turning(tcpserver_rules, has_rule=True),
    "busybox tcpsvd": Turning(svd_per_source),
    "ipsvd tcpsvd": Turning(svd_per_source),
    "s6-tcpserver": Turning(s6_per_source),
    "xinetd": Turning(xinetd_per_source),
}
