"""Where what the units report is kept, and what may be asked of it: InfluxDB in production, SQLite embedded."""
