#!/usr/bin/env bash
# Private Postgres, Redis and RabbitMQ on free loopback ports, for development and tests.
#   servers.sh start DIR [--fast]   starts them with their data in DIR and writes DIR/servers.env
#   servers.sh stop DIR             stops exactly those
# --fast gives up durability (tests). DIR must be reachable by the users postgres, redis and rabbitmq.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# -ge 2 ] || die "usage: servers.sh start|stop DIR [--fast]"
verb=$1 dir=$2 fast=${3:-}

pg_bin() { ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1; }

start_postgres() {
  local bin data=$dir/pg log=$dir/log/postgres.log
  bin=$(pg_bin)
  mkdir -p "$dir/sock"; own postgres "$dir/sock"
  if [ ! -s "$data/PG_VERSION" ]; then
    mkdir -p "$data"; own postgres "$data"
    # Names in the cluster: `app` owns it; services get roles of their own from the migrations.
    as_user postgres "$bin/initdb" -D "$data" -U app -A trust --no-sync -E UTF8 --locale=C.UTF-8 >"$log" 2>&1 || { tail -n 15 "$log" >&2; die "initdb failed; its log is $log"; }
  fi
  local options="-p $PG_PORT -k $dir/sock -c listen_addresses=127.0.0.1 -c max_connections=300"
  [ -z "$fast" ] || options="$options -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
  as_user postgres "$bin/pg_ctl" -D "$data" -w -t 60 -l "$dir/sock/postgres.log" -o "$options" start >>"$log" 2>&1 ||
    { tail -n 15 "$dir/sock/postgres.log" >&2; die "Postgres did not start; its log is $dir/sock/postgres.log"; }
}

start_redis() {
  mkdir -p "$dir/redis"; own redis "$dir/redis"
  as_user redis redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --dir "$dir/redis" --save "" --appendonly no \
    --daemonize yes --pidfile "$dir/redis/pid" --logfile "$dir/redis/redis.log" >/dev/null || die "Redis did not start; its log is $dir/redis/redis.log"
  wait_for 20 Redis "$dir/redis/redis.log" redis-cli -p "$REDIS_PORT" ping
}

start_rabbitmq() {
  local mq=$dir/mq
  mkdir -p "$mq/home" "$mq/log" "$mq/data"
  cat >"$mq/rabbitmq.conf" <<CONF
listeners.tcp.default = 127.0.0.1:$AMQP_PORT
management.tcp.ip = 127.0.0.1
management.tcp.port = $AMQP_ADMIN_PORT
vm_memory_high_watermark.absolute = 2GB
disk_free_limit.absolute = 500MB
CONF
  echo '[rabbitmq_management].' >"$mq/plugins"; : >"$mq/none"
  cat >"$mq/env" <<ENV
export HOME=$mq/home ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$EPMD_PORT RABBITMQ_NODENAME=hub@localhost RABBITMQ_DIST_PORT=$AMQP_DIST_PORT
export RABBITMQ_CONF_ENV_FILE=$mq/none RABBITMQ_CONFIG_FILE=$mq/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$mq/plugins
export RABBITMQ_MNESIA_BASE=$mq/data RABBITMQ_LOG_BASE=$mq/log RABBITMQ_PID_FILE=$mq/pid
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
ENV
  rm -f "$mq/pid"
  own rabbitmq "$mq"
  # Each quorum queue reserves descriptors; below its limit RabbitMQ accepts no connection and does not say so.
  (cd "$mq" && if [ "$(id -u)" = 0 ]; then
     setsid runuser -u rabbitmq -- bash -c ". $mq/env; ulimit -Sn 65536 2>/dev/null || ulimit -Sn \$(ulimit -Hn); exec /usr/lib/rabbitmq/bin/rabbitmq-server" >"$dir/log/rabbitmq.log" 2>&1 </dev/null &
   else
     setsid bash -c ". $mq/env; ulimit -Sn 65536 2>/dev/null || ulimit -Sn \$(ulimit -Hn); exec /usr/lib/rabbitmq/bin/rabbitmq-server" >"$dir/log/rabbitmq.log" 2>&1 </dev/null &
   fi)
}

wait_rabbitmq() {
  wait_for 90 RabbitMQ "$dir/log/rabbitmq.log" curl -fs -u guest:guest "http://127.0.0.1:$AMQP_ADMIN_PORT/api/overview"
}

case $verb in
  start)
    mkdir -p "$dir/log"; chmod 755 "$dir"
    dir=$(cd "$dir" && pwd)
    mapfile -t p < <(free_ports 6)
    PG_PORT=${p[0]} REDIS_PORT=${p[1]} AMQP_PORT=${p[2]} AMQP_ADMIN_PORT=${p[3]} AMQP_DIST_PORT=${p[4]} EPMD_PORT=${p[5]}
    # Whatever started is stopped again when a later part fails.
    trap '"$0" stop "$dir" || true' ERR
    cat >"$dir/servers.env" <<ENV
export DATABASE_URL=postgres://app@127.0.0.1:$PG_PORT/postgres
export REDIS_URL=redis://127.0.0.1:$REDIS_PORT/0
export AMQP_URL=amqp://guest:guest@127.0.0.1:$AMQP_PORT/%2f
export AMQP_ADMIN_URL=http://guest:guest@127.0.0.1:$AMQP_ADMIN_PORT
ENV
    start_rabbitmq
    start_postgres
    start_redis
    wait_rabbitmq
    ;;
  stop)
    [ -d "$dir" ] || exit 0
    dir=$(cd "$dir" && pwd)
    if [ -s "$dir/pg/postmaster.pid" ]; then as_user postgres "$(pg_bin)/pg_ctl" -D "$dir/pg" -m fast -w stop >/dev/null 2>&1 || true; fi
    if [ -s "$dir/redis/pid" ]; then end_pid "$(cat "$dir/redis/pid")" 10; rm -f "$dir/redis/pid"; fi
    if [ -s "$dir/mq/pid" ]; then end_pid "$(cat "$dir/mq/pid")" 30; rm -f "$dir/mq/pid"; fi
    if [ -f "$dir/mq/env" ]; then
      # epmd, the Erlang port mapper, outlives the broker: ours listens on a port of its own, so stopping it stops only ours.
      (. "$dir/mq/env"; cd /; epmd -kill >/dev/null 2>&1 || true)
    fi
    ;;
  *) die "usage: servers.sh start|stop DIR [--fast]" ;;
esac
