import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { SitewrightError, isLoopback } from "@sitewright/protocol";

/**
 * Refuses requests that a page of another origin could cause a browser to send: unknown host names (DNS rebinding) and foreign origins.
 * Throws `FORBIDDEN`.
 */
export type HostGuard = (request: IncomingMessage) => void;

export function createHostGuard(hosts: () => readonly string[]): HostGuard {
  return ({ headers: { host, origin }, socket }) => {
    const scheme = socket instanceof TLSSocket ? "https" : "http";
    const name = host === undefined ? undefined : hostName(host);
    if (name === undefined || !(isLoopback(name) || hosts().includes(name))) {
      throw new SitewrightError("FORBIDDEN", `this coordinator is not called ${JSON.stringify(host ?? "")}: use one of its own names`);
    }
    if (origin !== undefined && origin.toLowerCase() !== URL.parse(`${scheme}://${host}`)?.origin) {
      throw new SitewrightError("FORBIDDEN", `requests from pages of ${JSON.stringify(origin)} are not accepted`);
    }
  };
}

/** Lower case, without port and brackets. */
function hostName(header: string): string | undefined {
  return /^(?:\[([0-9a-f:.]+)\]|([^:/@?#\\\s[\]]+))(?::\d{1,5})?$/
    .exec(header.toLowerCase())
    ?.slice(1)
    .find((name) => name !== undefined);
}
