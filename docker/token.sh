#!/bin/sh
# One join token for each system named, left where that system's agent finds it. Agents that have joined need none.
set -eu
for system in "$@"; do
  sitewright token create --system "$system" --data-dir /data --url https://coordinator:7400 > "/tokens/$system"
done
