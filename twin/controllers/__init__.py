"""Virtual local controllers: what stands in a cabinet at a junction, for tests, demonstrations and simulations."""
