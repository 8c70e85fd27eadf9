#!/usr/bin/env bash
# Publishes the echo host with NativeAOT and has it echo on threads: 500 connections, every byte checked, a thread for each. Needs the
# .NET SDK and clang or gcc; takes about a minute. Anything the trimmer or the compiler warns of is an error.
set -euo pipefail

connections=500
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
server=
cleanup() {
    if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT

linker=clang
command -v clang >/dev/null || linker=gcc
dotnet publish "$here/src/KestrelAsyncEcho" -c Release -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" -p:PublishAot=true \
    -p:CppCompilerAndLinker=$linker --artifacts-path "$work/artifacts" -o "$work/publish" --disable-build-servers
dotnet build "$here/src/PipeClient" -c Release --artifacts-path "$work/artifacts" -o "$work/client" --disable-build-servers

# A program of native code alone: what it does is not the runtime's doing.
if [ -e "$work/publish/KestrelAsyncEcho.dll" ]; then
    echo "the publish left IL to be run"
    exit 1
fi

cd "$work"
"$work/publish/KestrelAsyncEcho" --transport threads --port 0 >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
    if grep -q '^Listening on ' "$work/server.log"; then break; fi
    kill -0 "$server"
    sleep 0.1
done
address=$(sed -n 's/^Listening on //p' "$work/server.log")

timeout 60 dotnet "$work/client/PipeClient.dll" -n $connections --rounds 3 --data hello --host "$address"

kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
cat "$work/server.log"
threads=$(sed -n 's/^threads: //p' "$work/server.log")
if [ "$status" != 0 ] || [ "${threads:-0}" -lt $connections ]; then
    echo "ended with $status and ${threads:-no} threads for $connections connections"
    exit 1
fi

echo "native: $(du -h "$work/publish/KestrelAsyncEcho" | cut -f 1), $connections connections, $threads threads"
