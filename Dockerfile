# Debian's packages for this processor, as a release has them, and the sample's site data.
FROM node:26.10.0-bookworm-slim AS packages
WORKDIR /sitewright
COPY package.json package-lock.json tsconfig.json LICENSE ./
COPY packages packages
COPY packaging packaging
COPY scripts scripts
COPY bench/package.json bench/
COPY simulation/package.json simulation/
RUN npm ci --no-audit --no-fund && npm run package -- --debian && npm run sample -- --out dist/sample --agents /tmp/unused

# One image for coordinator, agent and operators' program.
FROM debian:13.2-slim
WORKDIR /sitewright
COPY --from=packages /sitewright/dist/release/*.deb /packages/
# One account in all containers, which share volumes; its number is that of earlier images.
RUN useradd --uid 1000 --home-dir /nonexistent --shell /usr/sbin/nologin container \
    && apt-get update && apt-get install -y --no-install-recommends /packages/*.deb && rm -rf /packages /var/lib/apt/lists/*
COPY --from=packages /sitewright/dist/sample sample
COPY --chmod=0755 docker/*.sh docker/
# What volumes are mounted on belongs to the account that runs, so that new volumes do too.
RUN install -d -o container -g container -m 0700 /data /agent-data /token && install -d -o container -g container /site-data /roots /redis-access
USER container
EXPOSE 7400
STOPSIGNAL SIGTERM
CMD ["sitewright", "--help"]
