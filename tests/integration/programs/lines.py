"""Answers each line in angle brackets."""
import sys

for line in sys.stdin:
    print(f"<{line.rstrip()}>", flush=True)
