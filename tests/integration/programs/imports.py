"""The same after what programs import: much is read and computed before the client."""
import json
import re
import socket  # noqa: F401 -- only to be imported
import sys

WORD = re.compile(r"(.*)\n?")

for line in sys.stdin:
    word = json.loads(json.dumps({"line": WORD.match(line).group(1)}))["line"]
    print(f"<{word}>", flush=True)
