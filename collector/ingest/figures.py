"""What the collector counts of itself, for `/metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Figures:
    """Prometheus metrics of one ingest, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = self._counter("received", "Messages that came from the broker, repeats included.")
        self.stored = self._counter("stored", "Messages that the store has, repeats included.")
        self.dead = self._counter("dead_letters", "Messages that could not be taken.")
        self.dropped = self._counter("health_dropped", "Health messages (QoS 0) let go because the store was behind.")
        self.batches = self._counter("batches", "Batches that the store has.")
        self.store_failures = self._counter("store_failures", "Attempts to write that failed.")
        self.connections = self._counter("connections", "Connections to the broker.")
        self.connected = self._gauge("connected", "1 while connected to the broker.")
        self.store_up = self._gauge("store_up", "1 when the last attempt to write succeeded.")
        self.waiting = self._gauge("waiting", "Messages that came and are not in the store yet.")
        self.writing = Histogram("simpang_collector_write_seconds", "Time to write one batch.", registry=self.registry)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"simpang_collector_{name}", text, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"simpang_collector_{name}", text, registry=self.registry)
