"""Grafana as code: boards, alert rules and the data source of a city, made from its site file."""
