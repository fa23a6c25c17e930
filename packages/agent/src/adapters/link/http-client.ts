import https from "node:https";
import { trustOnly } from "@sitewright/node-kit/tls-trust";
import { endpoint } from "../../domain/coordinator-url.ts";
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

/** How long an idle connection is kept, ms; less where the coordinator says that it will end it sooner. */
const IDLE_MS = 60_000;

/**
 * @param at Address of the coordinator, read for each request.
 * @param trust The PEM of the only trusted authority, read for each request, or `"unverified"` to connect to a server whose certificate is
 * checked otherwise.
 */
export function createHttpClient(at: { readonly url: URL }, trust: { ca: string } | "unverified"): HttpClient {
  let connections: { ca: string | undefined; agent: https.Agent } | undefined;

  /** What trusts `ca` alone. Given with each request, the check of a certificate would end the connection after it. */
  function agentOf(ca: string | undefined): https.Agent {
    if (connections && connections.ca === ca) return connections.agent;
    connections?.agent.destroy();
    const proof = ca === undefined ? { rejectUnauthorized: false } : trustOnly(ca);
    connections = { ca, agent: new https.Agent({ ...proof, keepAlive: true, timeout: IDLE_MS }) };
    return connections.agent;
  }

  return {
    request({ method, path, headers, json, signal }) {
      return new Promise((resolve, reject) => {
        const base = at.url;
        const fail = (error: Error) => reject(unreachable(base, error));
        if (signal.aborted) return fail(new Error("given up"));
        const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
        const request = https.request(endpoint(base, path), {
          method,
          agent: agentOf(trust === "unverified" ? undefined : trust.ca),
          signal,
          headers: { ...headers, ...(body ? { "content-type": "application/json", "content-length": body.length } : {}) },
        });
        request.on("error", fail);
        request.on("response", (reply) => resolve({ status: reply.statusCode ?? 0, body: reply }));
        request.end(body);
      });
    },
    close: () => connections?.agent.destroy(),
  };
}
