#!/bin/sh
# Raspberry Pi OS bookworm runs this once (systemd.run= in cmdline.txt) and then starts anew.
set -u
boot=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sh "$boot/simpang/prepare.sh" >"$boot/simpang-firstrun.log" 2>&1
result=$?
# Whatever happened, the next start is an ordinary one; the log on this partition says what it was.
sed -i 's| systemd\.run=[^ ]*||; s| systemd\.run_success_action=[^ ]*||; s| systemd\.run_failure_action=[^ ]*||; s| systemd\.unit=[^ ]*||' \
    "$boot/cmdline.txt"
[ "$result" -ne 0 ] || rm -f "$boot/firstrun.sh"
exit "$result"
