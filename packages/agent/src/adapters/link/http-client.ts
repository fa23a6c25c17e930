import http from "node:http";
import https from "node:https";
import { isErrorCode, SitewrightError } from "@sitewright/protocol";
import { endpoint } from "../../domain/coordinator-url.ts";

/** Bytes of a small reply: an error, a certificate, the answer to a join. */
const SMALL_REPLY = 64 * 1024;

export interface HttpRequest {
  method: "GET" | "POST";
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  signal: AbortSignal;
}

export interface HttpReply {
  status: number;
  body: http.IncomingMessage;
}

export interface HttpClient {
  /** Resolves with the reply's head. Throws `COORDINATOR_UNREACHABLE`, or `COORDINATOR_UNTRUSTED` for the wrong certificate. */
  request(request: HttpRequest): Promise<HttpReply>;
  close(): void;
}

/** @param trust The PEM of the only authority believed, or `"nobody-yet"` to speak to a server whose certificate is checked otherwise. */
export function createHttpClient(base: URL, trust: { ca: string } | "nobody-yet"): HttpClient {
  const secure = base.protocol === "https:";
  const agent = secure
    ? new https.Agent({ keepAlive: true, ...(trust === "nobody-yet" ? { rejectUnauthorized: false } : trust) })
    : new http.Agent({ keepAlive: true });

  return {
    request({ method, path, headers, json, signal }) {
      return new Promise((resolve, reject) => {
        const fail = (error: Error) => reject(unreachable(base, error));
        if (signal.aborted) return fail(new Error("given up"));
        const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
        const request = (secure ? https : http).request(endpoint(base, path), {
          method,
          agent,
          signal,
          headers: { ...headers, ...(body ? { "content-type": "application/json", "content-length": body.length } : {}) },
        });
        request.on("error", fail);
        request.on("response", (reply) => resolve({ status: reply.statusCode ?? 0, body: reply }));
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

/** A whole reply in memory. Throws `COORDINATOR_UNREACHABLE` when it breaks off, `FRAME_INVALID` when it is longer than `limit` bytes. */
export async function readWhole(body: AsyncIterable<Uint8Array>, limit: number = SMALL_REPLY): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const part of body) {
      total += part.length;
      if (total > limit) throw new SitewrightError("FRAME_INVALID", `a reply of the coordinator is longer than ${limit} bytes`);
      parts.push(part);
    }
  } catch (cause) {
    throw cause instanceof SitewrightError ? cause : brokenOff(cause);
  }
  return Buffer.concat(parts);
}

/** The error that a reply with a status other than 2xx carries. */
export async function refusalOf(reply: HttpReply): Promise<SitewrightError> {
  const text = (await readWhole(reply.body)).toString("utf8");
  const error = parseError(text);
  if (error && isErrorCode(error.code)) return new SitewrightError(error.code, error.message);
  return new SitewrightError("COORDINATOR_UNREACHABLE", `the coordinator answered with status ${reply.status}`);
}

export function brokenOff(cause: unknown): SitewrightError {
  return new SitewrightError("COORDINATOR_UNREACHABLE", `the reply of the coordinator broke off: ${SitewrightError.from(cause).message}`, {
    cause,
  });
}

function parseError(text: string): { code: string; message: string } | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    return typeof error?.code === "string" ? { code: error.code, message: String(error.message) } : undefined;
  } catch {
    return undefined;
  }
}

/** A failed request, as one of ours: `COORDINATOR_UNTRUSTED` for a wrong certificate, else `COORDINATOR_UNREACHABLE`. */
export function unreachable(base: URL, cause: NodeJS.ErrnoException): SitewrightError {
  if (/CERT|^ERR_TLS|^UNABLE_TO_|^ERR_SSL/.test(cause.code ?? "")) {
    return new SitewrightError(
      "COORDINATOR_UNTRUSTED",
      `${base.host} showed a certificate that is not to be trusted (${cause.message}): check the address, or join again`,
      { cause },
    );
  }
  return new SitewrightError(
    "COORDINATOR_UNREACHABLE",
    `no answer from ${base.origin} (${cause.message}): check the address and whether the coordinator runs`,
    { cause },
  );
}
