import { createHash, type X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { userInfo } from "node:os";
import { pipeline } from "node:stream/promises";
import { trustOnly } from "@sitewright/node-kit/tls-trust";
import { isErrorCode, SitewrightError } from "@sitewright/protocol";

/** URL and credentials of the coordinator. */
export interface Connection {
  /** https, always. */
  url: URL;
  /** For a browser: the address as it was given or stored in the data folder. */
  pageUrl: URL;
  /** Operator token. */
  token: string;
  /** The coordinator's own CA; certificates of any other are refused. */
  ca: X509Certificate;
}

/** Three times as long as a coordinator that runs is silent between two events, ms. */
const SILENCE_MS = 45_000;

/** Sends a request to the coordinator; throws the coordinator's error, or `COORDINATOR_UNREACHABLE`. */
export async function call<T>(
  connection: Connection,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T> {
  const reply = await open(connection, { method, path, body });
  const text = await readAll(reply);
  if ((reply.statusCode ?? 500) >= 400) throw refusal(reply, text);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw notOurs(reply, cause);
  }
}

/** Writes the coordinator's answer to a stream as it arrives. */
export async function download(connection: Connection, path: string, to: NodeJS.WritableStream): Promise<void> {
  const reply = await open(connection, { method: "GET", path });
  if (reply.statusCode !== 200) throw refusal(reply, await readAll(reply));
  await pipeline(reply, to, { end: false });
}

/**
 * A stream of server-sent events as `{event, data}`; ends when the connection does. Fails also when the coordinator, which writes a line
 * every 15 s, is silent: it may stand still while its machine keeps the connection.
 * @param silence ms.
 */
export async function* events(
  connection: Connection,
  path: string,
  signal: AbortSignal,
  silence = SILENCE_MS,
): AsyncGenerator<{ event: string; data: unknown }> {
  const reply = await open(connection, { method: "GET", path, signal, silence });
  if (reply.statusCode !== 200) throw refusal(reply, await readAll(reply));
  reply.setEncoding("utf8");
  let rest = "";
  for await (const text of reply as AsyncIterable<string>) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event && data) yield { event, data: JSON.parse(data) as unknown };
    }
  }
}

interface Request {
  method: string;
  path: string;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** After which the coordinator counts as unreachable, ms. */
  silence?: number;
}

function open({ url, token, ca }: Connection, { method, path, body, signal, silence }: Request): Promise<IncomingMessage> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    "x-sitewright-user": userName(),
    ...(payload === undefined ? {} : { "content-type": "application/json" }),
  };
  const target = new URL(path, url);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(target, { method, headers, agent: agentFor(ca), ...(signal ? { signal } : {}) });
    request.once("response", resolve);
    request.once("error", (cause) => reject(unreachable(url, ca, cause)));
    if (silence !== undefined) request.setTimeout(silence, () => request.destroy(new Error(`silent for ${silence / 1000} s`)));
    request.end(payload);
  });
}

/** By CA. Requests of one command share their connection. */
const agents = new WeakMap<X509Certificate, Agent>();
/** How long an idle connection is kept, ms; less where the coordinator says that it will end it sooner. */
const IDLE_MS = 60_000;

/** Connects only to servers of this CA, regardless of environment variables for certificates and proxies. */
function agentFor(ca: X509Certificate): Agent {
  const known = agents.get(ca);
  if (known) return known;
  const agent = new Agent({ ...trustOnly(ca.toString()), keepAlive: true, timeout: IDLE_MS });
  agents.set(ca, agent);
  return agent;
}

function unreachable({ origin }: URL, ca: X509Certificate, cause: NodeJS.ErrnoException): SitewrightError {
  const { code = "", message } = cause;
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    const text = `what listens at ${origin} does not speak TLS as a coordinator does (${code}): it is another program, or a coordinator of an older version. Nothing was sent to it`;
    return new SitewrightError("COORDINATOR_UNTRUSTED", text, { cause });
  }
  if (/^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/.test(code)) {
    const text = `the certificate of ${origin} does not hold at this time (${message}): set the clock of this machine or of the coordinator's right; the coordinator then renews its certificate by itself`;
    return new SitewrightError("COORDINATOR_UNTRUSTED", text, { cause });
  }
  if (/CERT|^UNABLE_TO_/.test(code)) {
    const hash = createHash("sha256").update(ca.raw).digest("hex");
    const text = `${origin} did not prove that it is the coordinator of the CA with the SHA-256 ${hash} (${message}): check the address, and the CA with --ca or SITEWRIGHT_CA. Nothing was sent to it`;
    return new SitewrightError("COORDINATOR_UNTRUSTED", text, { cause });
  }
  return new SitewrightError(
    "COORDINATOR_UNREACHABLE",
    `no coordinator answers at ${origin} (${code || message}): start one, or name another with --url or SITEWRIGHT_URL`,
    { cause },
  );
}

/** For the ledger; containers may have accounts without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

async function readAll(reply: IncomingMessage): Promise<string> {
  let text = "";
  reply.setEncoding("utf8");
  for await (const part of reply as AsyncIterable<string>) text += part;
  return text;
}

function refusal(reply: IncomingMessage, text: string): SitewrightError {
  const { code, message } = parseError(text);
  return isErrorCode(code) ? new SitewrightError(code, message || `the coordinator answered ${reply.statusCode}`) : notOurs(reply);
}

/** A proxy that cannot reach the coordinator answers itself, with 502 or similar. */
function notOurs({ statusCode = 0 }: IncomingMessage, cause?: unknown): SitewrightError {
  const code = statusCode >= 500 ? "COORDINATOR_UNREACHABLE" : "FRAME_INVALID";
  return new SitewrightError(code, `what answered (with ${statusCode}) is not a coordinator of this version: check the address`, { cause });
}

function parseError(text: string): { code: string; message: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } };
    return { code: error?.code ?? "", message: error?.message ?? "" };
  } catch {
    return { code: "", message: text.slice(0, 200) };
  }
}
