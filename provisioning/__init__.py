"""From a blank card to a unit that reports: identities, the fleet file, cards, labels, first boot."""
