#!/bin/sh
# On the unit, once its software is installed: what runs, and what it counts in the clip beside this file.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
simpang=/opt/simpang/current/bin/simpang

told() {
    echo "machine      $(uname -m), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), $(/opt/simpang/current/bin/python --version)"
    echo "hostname     $(cat /etc/hostname)"
    echo "software     $($simpang --version)"
    echo "tflite       $(/opt/simpang/current/bin/python -c 'import tflite_runtime as t; print("tflite-runtime", t.__version__)')"
    echo "installed    $(du -sm /opt/simpang/a | cut -f1) MB in /opt/simpang/a"
    echo "networks     $(find /sys/class/net -type l -printf '%f ')"
    # nftables cannot load: qemu does not speak netfilter. The tests give its rules to the real nft.
    for service in simpang-install simpang-edge ssh nftables; do
        echo "service      $service: $(systemctl is-active $service.service)"
    done
}

told >"$here/told.txt" 2>&1
OMP_NUM_THREADS=1 "$simpang" edge replay "$here/clip.mp4" --zones "$here/zones.toml" --out "$here/counted" --threads 1 \
    >"$here/replay.txt" 2>&1
echo "exit status $?" >>"$here/replay.txt"
journalctl --boot --no-hostname --output short-monotonic --unit simpang-install --unit simpang-edge >"$here/journal.txt" 2>&1
