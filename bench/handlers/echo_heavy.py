"""Sends each line back; imports as much as a service with a framework does."""

import argparse  # noqa: F401
import asyncio  # noqa: F401
import concurrent.futures  # noqa: F401
import decimal  # noqa: F401
import email.mime.text  # noqa: F401
import http.server  # noqa: F401
import json  # noqa: F401
import logging.config  # noqa: F401
import sqlite3  # noqa: F401
import ssl  # noqa: F401
import sys
import unittest.mock  # noqa: F401
import urllib.request  # noqa: F401
import xml.etree.ElementTree  # noqa: F401
import xmlrpc.client  # noqa: F401

for line in sys.stdin.buffer:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
