# One image for coordinator, agent and operators' program: they share all but a few files.
FROM node:26.10.0-bookworm-slim AS build
WORKDIR /sitewright
COPY package.json package-lock.json tsconfig.json ./
COPY packages packages
COPY bench/package.json bench/
COPY simulation/package.json simulation/
RUN npm ci --no-audit --no-fund && npx vite build --config packages/coordinator/ui/vite.config.ts \
    && for program in coordinator agent; do npx vite build --config packages/bundle.config.ts --mode $program || exit 1; done
# The image brings Node.js itself; the pinned one, tools and sources (all but what the sample needs) stay behind.
RUN npm prune --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node packages/*/test-support packages/coordinator/ui \
    && rm -rf bench simulation packages/testkit node_modules/@sitewright/bench node_modules/@sitewright/simulation node_modules/@sitewright/testkit \
    && find packages -name '*.ts' -path '*/src/*' ! -path packages/protocol/src/terminal-text.ts -delete

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production PATH="/sitewright/node_modules/.bin:${PATH}"
WORKDIR /sitewright
COPY --from=build /sitewright ./
COPY scripts/sample.ts scripts/sample.ts
COPY scripts/sample scripts/sample
COPY --chmod=0755 docker/*.sh docker/
# What volumes are mounted on belongs to the account that runs, so that new volumes do too.
RUN install -d -o node -g node -m 0700 /data /agent-data /token && install -d -o node -g node /site-data /roots /redis-access
USER node
EXPOSE 7400
STOPSIGNAL SIGTERM
CMD ["sitewright", "--help"]
