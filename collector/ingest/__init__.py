"""From MQTT to the store: subscribe, decode, batch, write, and only then acknowledge."""
