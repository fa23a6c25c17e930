#!/bin/sh
# The sample's site data where none are mounted, then the coordinator. TLS, because agents connect from other containers.
set -eu
[ -e /site-data/hierarchy.yaml ] || cp -R /sitewright/sample/. /site-data
# In the environment, because every process in the container can see arguments.
REDIS_URL=$(cat /redis-access/url)
export REDIS_URL
exec sitewright coordinator --site-data /site-data --data-dir /data --listen 0.0.0.0:7400
