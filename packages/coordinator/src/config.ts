import { SitewrightError } from "@sitewright/protocol";

export interface ListenAddress {
  host: string;
  port: number;
}

/** Throws `BAD_REQUEST`. */
export function parseListen(text: string): ListenAddress {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  const host = parts?.[1] ?? parts?.[2];
  if (!host || !(port <= 65_535))
    throw new SitewrightError("BAD_REQUEST", `--listen ${text} is not an address: write it like 127.0.0.1:7400 or [::1]:7400`);
  return { host, port };
}

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Level of the logs; throws `BAD_REQUEST`. */
export function parseLogLevel(text: string): (typeof LEVELS)[number] {
  const level = LEVELS.find((known) => known === text);
  if (!level) throw new SitewrightError("BAD_REQUEST", `SITEWRIGHT_LOG_LEVEL ${text} is unknown: write one of ${LEVELS.join(", ")}`);
  return level;
}
