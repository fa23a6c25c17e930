import type { IncomingMessage } from "node:http";
import { isErrorCode, SitewrightError } from "@sitewright/protocol";
import { isDistrust } from "./distrust.ts";

/** Bytes of a small reply: an error, a certificate, the answer to a join. */
const SMALL_REPLY = 64 * 1024;

export interface HttpReply {
  status: number;
  body: IncomingMessage;
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

/** Converts a failed request: `COORDINATOR_UNTRUSTED` for a wrong certificate, else `COORDINATOR_UNREACHABLE`. */
export function unreachable(base: URL, cause: NodeJS.ErrnoException): SitewrightError {
  if (isDistrust(cause)) {
    return new SitewrightError(
      "COORDINATOR_UNTRUSTED",
      `${base.host} did not prove that it is the joined coordinator and is not trusted (${cause.message}): check the address and the clocks on both sides`,
      { cause },
    );
  }
  return new SitewrightError(
    "COORDINATOR_UNREACHABLE",
    `no answer from ${base.origin} (${cause.message}): check the address and whether the coordinator runs`,
    { cause },
  );
}
