#!/bin/sh
# Sekali, pada penyalaan pertama, sebagai root: kartu menjadi unit.
# Once, at the first start, as root: the card becomes a unit. Running it again changes nothing.
#
# It lies beside what it needs (see provisioning/card/contents.py):
#   card.env          who the unit is
#   authorized_keys   who may enter
#   overlay/          files for /, readable by everybody
#   identity/         files for /, secret; only where the card was prepared without access to its root file system
#   bundle/           the software; install.sh takes it from there
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${SIMPANG_ROOT:-}
# shellcheck source=/dev/null
. "$here/card.env"

say() { echo "simpang: $*"; }

copy_tree() { # FROM MODE: every file below FROM to the same place below /
    (cd "$1" && find . -type f) | while IFS= read -r file; do
        install -D -m "$2" "$1/$file" "$root/$file"
    done
}

take_identity() {
    [ -d "$here/identity" ] || return 0
    copy_tree "$here/identity" 0600
    # The secrets leave the partition that any computer reads.
    find "$here/identity" -type f -exec shred -u {} +
    rm -rf "$here/identity"
}

make_service_account() {
    getent group simpang >/dev/null || groupadd --system simpang
    getent passwd simpang >/dev/null ||
        useradd --system --gid simpang --home-dir /var/lib/simpang --no-create-home --shell /usr/sbin/nologin simpang
    # Pins for door and tilt switches, where the board has any.
    ! getent group gpio >/dev/null || usermod --append --groups gpio simpang
    chown -R root:simpang "$root/etc/simpang"
    find "$root/etc/simpang" -type d -exec chmod 0750 {} +
    find "$root/etc/simpang" -type f -exec chmod 0640 {} +
}

name_it() {
    echo "$UNIT_ID" >"$root/etc/hostname"
    if grep -qs '^127\.0\.1\.1' "$root/etc/hosts"; then
        sed -i "s/^127\.0\.1\.1.*/127.0.1.1\t$UNIT_ID/" "$root/etc/hosts"
    else
        printf '127.0.1.1\t%s\n' "$UNIT_ID" >>"$root/etc/hosts"
    fi
    ln -sf "/usr/share/zoneinfo/$TIMEZONE" "$root/etc/localtime"
    hostname "$UNIT_ID" || true
}

let_technician_in() {
    getent passwd "$SERVICE_USER" >/dev/null || useradd --create-home --shell /bin/bash --groups sudo "$SERVICE_USER"
    passwd --lock "$SERVICE_USER" >/dev/null
    home=$(getent passwd "$SERVICE_USER" | cut -d: -f6)
    install -d -m 0700 -o "$SERVICE_USER" "$home/.ssh"
    install -m 0600 -o "$SERVICE_USER" "$here/authorized_keys" "$home/.ssh/authorized_keys"
    # There is no password to ask for: the key is the proof.
    echo "$SERVICE_USER ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/simpang"
    chmod 0440 "$root/etc/sudoers.d/simpang"
}

enable_services() { # the first boot's questions never come; our services do
    systemctl disable userconfig.service 2>/dev/null || true
    for service in ssh.service nftables.service simpang-zram.service simpang-install.service simpang-edge.service \
        simpang-clock.service simpang-again.timer simpang-confirm.timer simpang-update.timer; do
        systemctl enable "$service" || say "cannot enable $service"
    done
    [ "${READ_ONLY:-no}" != yes ] || systemctl enable simpang-readonly.service
    rfkill unblock wifi 2>/dev/null || true
}

take_identity
copy_tree "$here/overlay" 0644
chmod 0600 "$root"/etc/NetworkManager/system-connections/simpang.nmconnection 2>/dev/null || true
install -D -m 0755 "$here/install.sh" "$root/usr/local/lib/simpang/install.sh"
install -D -m 0755 "$here/zram.sh" "$root/usr/local/lib/simpang/zram.sh"
install -D -m 0755 "$here/readonly.sh" "$root/usr/local/lib/simpang/readonly.sh"
install -D -m 0755 "$here/slots.py" "$root/usr/local/lib/simpang/slots.py"
install -D -m 0644 "$here/card.env" "$root/usr/local/lib/simpang/card.env"
if [ -d "$here/bundle" ] && [ "${COPY_BUNDLE:-no}" = yes ]; then
    mkdir -p "$root/usr/local/lib/simpang"
    cp -R "$here/bundle" "$root/usr/local/lib/simpang/"
fi
make_service_account
name_it
let_technician_in
enable_services
if [ "${1:-}" = now ]; then
    systemctl daemon-reload
    systemctl start --no-block simpang-zram.service nftables.service simpang-install.service simpang-edge.service \
        simpang-again.timer simpang-confirm.timer simpang-update.timer
    systemctl try-restart NetworkManager.service systemd-journald.service || true
fi
say "$UNIT_ID is prepared"
