"""A province: three RabbitMQ nodes instead of one Mosquitto (docs/beyond-one-machine.md)."""
