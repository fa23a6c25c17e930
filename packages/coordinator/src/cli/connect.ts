import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { SitewrightError, isLoopback } from "@sitewright/protocol";
import { readBoundedSync } from "@sitewright/node-kit/bounded-file";
import type { Connection } from "./api-client.ts";

export interface ConnectOptions {
  url?: string;
  dataDir?: string;
  ca?: string;
}

const DEFAULT_URL = "http://127.0.0.1:7400";
/** Bytes of a token, a certificate or an address. */
const MOST = 64 * 1024;
export const DEFAULT_DATA_DIR = "sitewright-data";

/**
 * Finds the coordinator and its operator token: options first, then the environment, then the data folder on this machine. On loopback
 * `http` stands for `https` at the same port: the server there must prove that it is the coordinator.
 */
export function connect(options: ConnectOptions, env: NodeJS.ProcessEnv = process.env): Connection {
  const dataDir = dataDirOf(options, env);
  const url = parseUrl(options.url ?? env.SITEWRIGHT_URL ?? urlOf(dataDir) ?? DEFAULT_URL);
  const token = env.SITEWRIGHT_TOKEN ?? readIfThere(join(dataDir, "operator-token"));
  if (!token) {
    throw new SitewrightError(
      "UNAUTHENTICATED",
      `no operator token: set SITEWRIGHT_TOKEN, or on the coordinator's machine name its data folder with --data-dir or SITEWRIGHT_DATA_DIR (looked in ${dataDir})`,
    );
  }
  const caFile = options.ca ?? env.SITEWRIGHT_CA;
  return { url: overTls(url), pageUrl: url, token: token.trim(), ca: readCa(caFile ?? join(dataDir, "ca.pem"), url) };
}

/** Data folder of the coordinator on this machine. */
export function dataDirOf({ dataDir }: Pick<ConnectOptions, "dataDir">, env: NodeJS.ProcessEnv = process.env): string {
  return dataDir ?? env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR;
}

function overTls(url: URL): URL {
  const secured = new URL(url);
  const port = url.port || (url.protocol === "http:" ? "80" : "");
  secured.protocol = "https:";
  secured.port = port;
  return secured;
}

function readCa(file: string, { host }: URL): X509Certificate {
  const advice = "name a copy of the coordinator's ca.pem with --ca FILE or SITEWRIGHT_CA, or its data folder with --data-dir";
  const untrusted = (what: string, cause: unknown) =>
    new SitewrightError("COORDINATOR_UNTRUSTED", `${what}: ${advice}`, { path: file, cause });
  let pem: string;
  try {
    pem = readBoundedSync(file, MOST).toString("utf8");
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is not there" : `cannot be read (${(cause as Error).message})`;
    throw untrusted(`no CA to verify ${host} with: ${file} ${why}`, cause);
  }
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw untrusted(`${file} holds no certificate of a CA`, cause);
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new SitewrightError("BAD_REQUEST", `${JSON.stringify(text)} is not an address of a coordinator: write it like ${DEFAULT_URL}`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, "")))
    throw new SitewrightError("BAD_REQUEST", `${url.origin} would send the operator token unencrypted: write https://${url.host}`);
  return url;
}

/** The address that the coordinator on this machine stored in its data folder. */
function urlOf(dataDir: string): string | undefined {
  const file = join(dataDir, "coordinator.json");
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    if (typeof url === "string") return url;
  } catch {
    // The message is set below.
  }
  throw new SitewrightError("DATA_FILE_UNUSABLE", `${file} names no address: restart the coordinator, or name one with --url`, {
    path: file,
  });
}

function readIfThere(file: string): string | undefined {
  try {
    return readBoundedSync(file, MOST).toString("utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const advice = "run this as the user that the coordinator runs as, or set SITEWRIGHT_URL, SITEWRIGHT_TOKEN and SITEWRIGHT_CA";
    throw new SitewrightError("DATA_FILE_UNUSABLE", `${file} cannot be read (${message}): ${advice}`, { path: file, cause });
  }
}
