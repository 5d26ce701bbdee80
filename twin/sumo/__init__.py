"""Whole networks in SUMO: junctions driven through `signal_bridge.control`, seen as cameras would see them."""
