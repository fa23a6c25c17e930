#!/bin/sh
# usage: redis-access.sh FOLDER - makes, once, a password for Redis: its hash for Redis, the whole address for the coordinator alone.
set -eu
cd "$1"
if [ -e url ]; then exit 0; fi
password=$(od -An -N32 -tx1 /dev/urandom | tr -d " \n")
hash=$(printf %s "$password" | sha256sum | cut -d " " -f 1)
printf 'user default on #%s ~* &* +@all\nuser health on nopass -@all +ping\n' "$hash" > users.acl
umask 077
printf 'redis://default:%s@redis:6379\n' "$password" > url.new
mv url.new url
