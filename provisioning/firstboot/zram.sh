#!/bin/sh
# Memori tambahan yang dipadatkan. / Compressed swap in memory, half of it; the card is never swapped to.
set -eu
if grep -q '^/dev/zram' /proc/swaps; then
    # The image does it by itself.
    exit 0
fi
half_kib=$(awk '/^MemTotal:/ { print int($2 / 2) }' /proc/meminfo)
modprobe zram num_devices=1
device=$(zramctl --find --algorithm zstd --size "${half_kib}K")
mkswap "$device" >/dev/null
swapon --priority 100 "$device"
