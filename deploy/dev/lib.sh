# Shared by the scripts in this folder: messages, free ports, waiting, users. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# N free TCP ports on loopback, one a line. Held open together while they are chosen, so that they differ.
free_ports() {
  python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held: s.bind(("127.0.0.1", 0))
for s in held: print(s.getsockname()[1])
PY
}

port_is_free() { python3 -c 'import socket,sys; s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1])))' "$1" 2>/dev/null; }

# wait_for SECONDS WHAT LOG COMMAND…: polls until the command succeeds; names the part and its log when it does not.
wait_for() {
  local limit=$1 what=$2 log=$3; shift 3
  local end=$((SECONDS + limit))
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { say "error: $what was not ready after ${limit}s; its log is $log"; tail -n 15 "$log" >&2 2>/dev/null; return 1; }
    sleep 0.1
  done
}

# Postgres and RabbitMQ refuse to run as root: as root they run as the users that their Debian packages made.
as_user() {
  local user=$1; shift
  if [ "$(id -u)" = 0 ]; then runuser -u "$user" -- "$@"; else "$@"; fi
}
own() { if [ "$(id -u)" = 0 ]; then chown -R "$1" "$2"; fi; }

# end_pid PID SECONDS: asks, waits, then insists. Only ever given pids that we started and wrote down.
end_pid() {
  local pid=$1 limit=${2:-15}
  [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 0
  kill -TERM "$pid" 2>/dev/null
  local end=$((SECONDS + limit))
  while kill -0 "$pid" 2>/dev/null; do
    [ "$SECONDS" -lt "$end" ] || { kill -KILL "$pid" 2>/dev/null; break; }
    sleep 0.1
  done
}
