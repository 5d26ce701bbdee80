#!/bin/sh
# Run a command where programs for arm64 run like any other; as process 1 of namespaces of its own (namespaces.py).
set -eu
mount -t proc proc /proc
# Since Linux 6.7 each user namespace has a registry of its own for foreign programs.
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
cat /usr/lib/binfmt.d/qemu-aarch64.conf >/proc/sys/fs/binfmt_misc/register
exec "$@"
