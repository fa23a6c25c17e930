import { isPeerEndpoint, SitewrightError, type PeerEndpoint } from "@sitewright/protocol";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Settings from the environment; only this file reads it. */
export interface AgentConfig {
  logLevel: LogLevel;
  joinToken?: string;
  /** Set by the agent for its own versions: digest of the package that this process is, and version of the installed one that began it. */
  program?: { digest: string; installed: string };
}

/** Throws `BAD_REQUEST`. An empty variable counts as unset. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): AgentConfig {
  const level = env["SITEWRIGHT_LOG_LEVEL"] || "info";
  const logLevel = LOG_LEVELS.find((known) => known === level);
  if (!logLevel)
    throw new SitewrightError("BAD_REQUEST", `SITEWRIGHT_LOG_LEVEL is ${JSON.stringify(level)}: set it to one of ${LOG_LEVELS.join(", ")}`);
  const joinToken = env["SITEWRIGHT_JOIN_TOKEN"];
  const [, digest, installed] = /^([0-9a-f]{64}) (\S+)$/.exec(env["SITEWRIGHT_AGENT_PROGRAM"] ?? "") ?? [];
  return {
    logLevel,
    ...(joinToken ? { joinToken } : {}),
    ...(digest !== undefined && installed !== undefined ? { program: { digest, installed } } : {}),
  };
}

/** Throws `BAD_REQUEST`. */
export function parsePeerListen(text: string): PeerEndpoint {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const endpoint = { host: six ?? four ?? "", port: Number(port) };
  if (isPeerEndpoint(endpoint)) return endpoint;
  throw new SitewrightError(
    "BAD_REQUEST",
    `--peer-listen ${text} is not an IP address with a port: write it like 10.1.2.3:7401 or [fd00::3]:7401`,
  );
}
