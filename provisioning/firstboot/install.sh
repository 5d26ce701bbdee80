#!/bin/sh
# Pasang perangkat lunak dari kartu, tanpa internet. / Install the software from the card, without internet.
#
# The bundle (provisioning/bundle/folder.py) is checked against its sums first. A power cut at any moment leaves no
# /opt/simpang/current, and the next start begins anew.
set -eu

root=${SIMPANG_ROOT:-}
opt="$root/opt/simpang"
slot="$opt/a"
bundle=${1:-}
if [ -z "$bundle" ]; then
    for bundle in "$root/usr/local/lib/simpang/bundle" "$root/boot/firmware/simpang/bundle" "$root/boot/simpang/bundle"; do
        [ ! -d "$bundle" ] || break
    done
fi

fail() {
    echo "simpang: $*" >&2
    exit 1
}

[ -f "$bundle/SHA256SUMS" ] || fail "no bundle on this card (looked last in $bundle): prepare the card again"
(cd "$bundle" && sha256sum --quiet --strict -c SHA256SUMS) ||
    fail "the bundle on this card is damaged: prepare another card"

for deb in "$bundle"/debs/*.deb; do
    [ -e "$deb" ] || break
    # Our own nftables.conf lies there already, and stays.
    DEBIAN_FRONTEND=noninteractive dpkg --install --force-confold "$bundle"/debs/*.deb
    break
done
for service in nftables.service chrony.service; do
    systemctl enable --now "$service" 2>/dev/null ||
        echo "simpang: $service does not start: is its package on this system, or in the bundle (--debs)?" >&2
done

rm -rf "$slot"
mkdir -p "$opt"
# venv is part of Debian's python3, pip is not: it comes with the bundle and runs from its wheel.
python3 -m venv --without-pip "$slot"
pip=$(find "$bundle/wheels" -name 'pip-*.whl' | head -n 1)
[ -n "$pip" ] || fail "there is no pip in $bundle/wheels: make the bundle again"
PYTHONPATH="$pip" "$slot/bin/python" -m pip install --isolated --quiet --disable-pip-version-check --no-cache-dir \
    --no-index --find-links "$bundle/wheels" 'simpang[edge]'
"$slot/bin/simpang" --version || fail "the software does not start"

sync
ln -sfn a "$opt/.current"
mv -T "$opt/.current" "$opt/current"
sync
echo "simpang: installed"
