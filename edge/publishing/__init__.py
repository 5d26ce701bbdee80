"""From the outbox to the broker, for as long as it takes."""

from edge.publishing.link import Identity
from edge.publishing.publisher import Publisher

__all__ = ["Identity", "Publisher"]
