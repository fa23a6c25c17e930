import https from "node:https";
import { endpoint } from "../../domain/coordinator-url.ts";
import { trustOnly } from "./trust.ts";
import { unreachable, type HttpReply } from "./http-reply.ts";

export interface HttpRequest {
  method: "GET" | "POST";
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  signal: AbortSignal;
}

export interface HttpClient {
  /** Resolves with the reply's head. Throws `COORDINATOR_UNREACHABLE`, or `COORDINATOR_UNTRUSTED` for the wrong certificate. */
  request(request: HttpRequest): Promise<HttpReply>;
  close(): void;
}

/**
 * @param at Address of the coordinator, read for each request.
 * @param trust The PEM of the only trusted authority, read for each request, or `"unverified"` to connect to a server whose certificate is
 * checked otherwise.
 */
export function createHttpClient(at: { readonly url: URL }, trust: { ca: string } | "unverified"): HttpClient {
  const agent = new https.Agent({ keepAlive: true });
  const proof = () => (trust === "unverified" ? { rejectUnauthorized: false } : trustOnly(trust.ca));

  return {
    request({ method, path, headers, json, signal }) {
      return new Promise((resolve, reject) => {
        const base = at.url;
        const fail = (error: Error) => reject(unreachable(base, error));
        if (signal.aborted) return fail(new Error("given up"));
        const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
        const request = https.request(endpoint(base, path), {
          ...proof(),
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
