"""Sends each line back; a few modules, as a small service has them."""

import json  # noqa: F401
import re  # noqa: F401
import socket  # noqa: F401
import sys

for line in sys.stdin.buffer:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
