#!/bin/sh
# Start the system in a folder as a machine of its own: boot.sh ROOT WORD...  (words of the kernel's command line)
#
# Called by foreign.sh in namespaces of its own (namespaces.py): what it names, mounts or switches off is nobody else's.
set -eu

root=$1
shift

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o size=16m tmpfs "$root/dev"
mount -t sysfs sysfs "$root/sys" || mount -t tmpfs tmpfs "$root/sys"
mkdir -p "$root/sys/fs/cgroup" "$root/dev/pts" "$root/dev/shm"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
hostname raspberrypi
exec env -i container=simpang PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /sbin/init "$@"
