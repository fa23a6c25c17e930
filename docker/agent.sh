#!/bin/sh
# usage: agent.sh SYSTEM ROLE... - joins at the first start, then serves orders. Role roots are /roots/<role>.
set -eu
system=$1
shift
if [ ! -e /agent-data/agent.json ]; then
  for role in "$@"; do
    mkdir -p "/roots/$role"
    set -- "$@" --root "$role=/roots/$role"
    shift
  done
  sitewright-agent join https://coordinator:7400 --name "$system" --data-dir /agent-data --token-file /token/join "$@"
fi
exec sitewright-agent run --data-dir /agent-data
