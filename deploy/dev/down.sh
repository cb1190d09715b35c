#!/usr/bin/env bash
# Stops exactly the processes that up.sh started. The data stays.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=deploy/dev
. $here/lib.sh
dev=${HUB_DEV_DIR:-.dev}
if [ -s $dev/services.pids ]; then
  # All are asked first and waited for together: each may need a while to finish what it has in hand.
  while read -r pid name _; do
    # A pid may have been given to another process since: only ours has this command line.
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$name"; then kill -TERM "$pid" 2>/dev/null || true; fi
  done <$dev/services.pids
  while read -r pid name _; do
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$name"; then end_pid "$pid" 40; fi
  done <$dev/services.pids
fi
rm -f $dev/services.pids
if [ -s $dev/servers.dir ]; then $here/servers.sh stop "$(cat $dev/servers.dir)"; fi
say "down; the data stays in $dev"
