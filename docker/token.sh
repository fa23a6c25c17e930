#!/bin/sh
# usage: token.sh SYSTEM - leaves a join token where that system's agent alone finds it. An agent that has joined needs none.
set -eu
umask 077
sitewright token create --system "$1" --data-dir /data --url https://coordinator:7400 > /token/join
