#!/usr/bin/env bash
# What N connections take: starts the echo host on both transports (or the one named), opens N idle connections that have echoed once,
# and prints what the kernel says of the server; "stacks" are the kernel's own, of all new threads of the machine. For example:
#   bench/sizing.sh 1000 5000 10000
#   TRANSPORTS=threads STACK=1.5MB bench/sizing.sh 10000
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: bench/sizing.sh CONNECTIONS..." >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
server=
client=
cleanup() {
    if [ -n "$client" ]; then kill -KILL "$client" 2>/dev/null || true; fi
    if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT

for project in KestrelAsyncEcho PipeClient; do
    dotnet build "$here/src/$project" -c Release -v q --nologo -o "$work/$project" >&2
done

status() { sed -n "s/^$1:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$server/status"; }
machine() { sed -n "s/^$1:[[:space:]]*\([0-9]*\).*/\1/p" /proc/meminfo; }

printf '%-8s %11s %8s %7s %11s %9s %10s %10s\n' \
    transport connections threads maps descriptors "RSS KB" "tables KB" "stacks KB"
for connections in "$@"; do
    for transport in ${TRANSPORTS:-threads sockets}; do
        stack=()
        [ "$transport" = sockets ] || stack=(--stack-size "${STACK:-256KB}")
        kernel=$(machine KernelStack)
        dotnet "$work/KestrelAsyncEcho/KestrelAsyncEcho.dll" --transport "$transport" --port 0 "${stack[@]}" >"$work/server.log" 2>&1 &
        server=$!
        for _ in $(seq 100); do
            if grep -q '^Listening on ' "$work/server.log"; then break; fi
            kill -0 "$server"
            sleep 0.1
        done
        dotnet "$work/PipeClient/PipeClient.dll" -n "$connections" --hold 15s --host "$(sed -n 's/^Listening on //p' "$work/server.log")" \
            >"$work/client.log" 2>&1 &
        client=$!
        for _ in $(seq 600); do
            if grep -q '^round 1' "$work/client.log"; then break; fi
            kill -0 "$client" || { cat "$work/client.log" >&2; exit 1; }
            sleep 0.1
        done
        sleep 3
        printf '%-8s %11s %8s %7s %11s %9s %10s %10s\n' "$transport" "$connections" "$(status Threads)" \
            "$(wc -l <"/proc/$server/maps")" "$(ls "/proc/$server/fd" | wc -l)" "$(status VmRSS)" "$(status VmPTE)" \
            "$(($(machine KernelStack) - kernel))"
        wait "$client"
        client=
        kill -TERM "$server"
        wait "$server"
        server=
    done
done
