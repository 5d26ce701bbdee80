"""Drivers: one local controller at the far end of a serial line, by NTCIP 1202 over PMPP or by Modbus RTU."""
