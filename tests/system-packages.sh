#!/bin/sh
# Real brokers, databases, browsers and serial peers for the tests: Debian's packages, installed once.
set -eu
missing=""
want() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
want mosquitto mosquitto
want mosquitto_pub mosquitto-clients
want rabbitmq-server rabbitmq-server
want influxd influxdb
want nginx nginx-light
want ffmpeg ffmpeg
want chromium chromium
want chromedriver chromium-driver
want socat socat
want snmpget snmp
want snmpd snmpd
want mbpoll mbpoll
want mcopy mtools
want mkfs.vfat dosfstools
want sfdisk fdisk
want debugfs e2fsprogs
want xz xz-utils
want pdftoppm poppler-utils
want shellcheck shellcheck
want nft nftables
want cloud-init cloud-init
want docker-compose docker-compose
# GStreamer's RTSP server is a library: tests/support/rtsp_server.py runs it on the system's Python.
/usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0"); gi.require_version("Gst", "1.0")' 2>/dev/null ||
    missing="$missing python3-gi gir1.2-gst-rtsp-server-1.0"
for plugin in good:isomp4 bad:videoparsersbad; do
    ls /usr/lib/*/gstreamer-1.0/libgst"${plugin#*:}".so >/dev/null 2>&1 ||
        missing="$missing gstreamer1.0-plugins-${plugin%:*}"
done
[ -n "$missing" ] || exit 0
echo "installing for the tests:$missing"
if [ "$(id -u)" -ne 0 ]; then
    echo "this needs root: sudo apt-get install$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Their services must not start: the tests run their own, on free ports of the loopback interface.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
