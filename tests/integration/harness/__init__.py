"""What the integration tests stand on: server, client, processes, faults, namespaces."""

import os

ALARM = int(os.environ.get("PRONG_PATIENCE", "60"))  # seconds; no test depends on it
