"""What the integration tests stand on: server, client, processes, faults, namespaces."""

ALARM = 20  # seconds; only an alarm, no test depends on it
