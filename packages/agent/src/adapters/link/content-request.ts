import type { IncomingMessage } from "node:http";
import { SitewrightError } from "@sitewright/protocol";
import type { LiveLink } from "../../app/session/current-link.ts";
import type { HttpClient } from "./http-client.ts";
import { refusalOf, type HttpReply } from "./http-reply.ts";

/**
 * A request to the content endpoint for this connection; the reply ends with the connection, with the signal, and when no head arrives for
 * `timeoutMs`. Throws as `contentRefusal` says.
 * @param from The first byte to send: a reply may be all of it (200), what follows (206), or that nothing does (416).
 */
export async function requestContent(
  http: HttpClient,
  path: string,
  live: LiveLink,
  { signal, timeoutMs, from = 0 }: { signal: AbortSignal; timeoutMs: number; from?: number },
): Promise<IncomingMessage> {
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(), timeoutMs);
  try {
    const reply = await http.request({
      method: "GET",
      path,
      headers: { authorization: `Bearer ${live.token}`, ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
      signal: AbortSignal.any([signal, live.gone, tooLong.signal]),
    });
    if (reply.status !== 200 && !(from > 0 && [206, 416].includes(reply.status))) throw await contentRefusal(reply);
    return reply.body;
  } finally {
    clearTimeout(timer);
  }
}

/** The coordinator's refusal; a temporary one, which does not concern the order, becomes `COORDINATOR_UNREACHABLE`. */
export async function contentRefusal(reply: HttpReply): Promise<SitewrightError> {
  const refusal = await refusalOf(reply);
  // The order ended or was replaced meanwhile: the coordinator decides whether it is tried again.
  if (refusal.code === "FORBIDDEN") return new SitewrightError("CONTENT_UNAVAILABLE", refusal.message, { cause: refusal });
  if (!isOfTheMoment(reply.status)) return refusal;
  return new SitewrightError("COORDINATOR_UNREACHABLE", `the coordinator cannot serve content now: ${refusal.message}`, {
    cause: refusal,
  });
}

/** 401: the token of a connection that was just replaced. 429 and 5xx: later. */
function isOfTheMoment(status: number): boolean {
  return status === 401 || status === 408 || status === 429 || status >= 500;
}
