#!/bin/sh
# Hanya folder Simpang yang ditulisi. / Nothing is written but Simpang's own folders:  readonly.sh on | off
#
# The root is made read-only as a mount, not as a file system: the folders below stay writable through mounts of their own.
# `off` is for whoever has to change something (a renewed certificate, apt); the next start is `on` again.
set -eu

root=${SIMPANG_ROOT:-}
# Software, outbox, and what the system must remember: the clock's drift, networks and their leases, the random seed.
writable='opt/simpang var/lib/simpang var/lib/chrony var/lib/NetworkManager var/lib/systemd var/lib/dhcp'
forgotten='tmp var/tmp var/log'

is_mounted() { mountpoint -q "$1"; }

case ${1:-on} in
off)
    mount -o remount,bind,rw "$root/"
    echo "simpang: dapat ditulisi sampai mulai ulang / writable until the next start"
    exit 0
    ;;
on) ;;
*)
    echo "simpang: readonly.sh on | off" >&2
    exit 2
    ;;
esac

mkdir -p "$root/var/lib/simpang"
for folder in $writable; do
    [ -d "$root/$folder" ] || continue
    is_mounted "$root/$folder" || mount --bind "$root/$folder" "$root/$folder"
done
for folder in $forgotten; do
    is_mounted "$root/$folder" || mount -t tmpfs -o nosuid,nodev,size=64m,mode=1777 tmpfs "$root/$folder"
done
# Whoever has a file open for writing keeps the root busy for a while.
tries=20
until mount -o remount,bind,ro "$root/" 2>/dev/null; do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
        echo "simpang: the root stays writable, somebody is writing there (fuser -vm /)" >&2
        exit 1
    fi
    sleep 3
done
echo "simpang: root is read-only"
