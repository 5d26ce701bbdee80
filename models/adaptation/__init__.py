"""A detector that learns a city's own cameras: sample, teach, correct, adapt, and only ever offer what is better."""
