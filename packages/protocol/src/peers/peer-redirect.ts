import { FRAME_CODEC, FRAME_HEADER, writeFrameHeader, type Ranges } from "../content.ts";
import { SitewrightError } from "../errors.ts";
import { isPeerEndpoint, type PeerEndpoint } from "./peer-ticket.ts";

/** Chunks that the coordinator does not send, because a neighbour of the same site has them or is receiving them. */
export interface PeerRedirect {
  ranges: Ranges;
  offer: PeerOffer;
}

/** Where a neighbour serves content, and the key to its endpoint. */
export interface PeerOffer extends PeerEndpoint {
  /** Its name. */
  system: string;
  /** PSK identity and key (base64url) of the TLS connection: the ticket. */
  ticket: string;
  key: string;
}

/** The whole frame. */
export function encodePeerRedirect({ ranges, offer }: PeerRedirect): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify({ ranges, ...offer }));
  const frame = new Uint8Array(FRAME_HEADER + payload.length);
  const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  writeFrameHeader(frame, { codec: FRAME_CODEC.elsewhere, ordinal: ranges[0]?.[0] ?? 0, count, length: payload.length });
  frame.set(payload, FRAME_HEADER);
  return frame;
}

/** Throws `FRAME_INVALID`. */
export function decodePeerRedirect(payload: Uint8Array): PeerRedirect {
  try {
    const { ranges, system, ticket, key, host, port } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    const texts = [system, ticket, key].every((text) => typeof text === "string" && text !== "");
    if (texts && isPeerEndpoint({ host, port }) && isRanges(ranges))
      return { ranges, offer: { system, ticket, key, host, port } as PeerOffer };
  } catch {
    // The message is set below.
  }
  throw new SitewrightError("FRAME_INVALID", "the content stream is damaged: the name of a neighbour cannot be read");
}

function isRanges(value: unknown): value is Ranges {
  let next = 0;
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((range: unknown) => {
      if (!Array.isArray(range)) return false;
      const [from, to] = range as unknown[];
      if (!Number.isInteger(from) || !Number.isInteger(to) || (from as number) < next || (to as number) < (from as number)) return false;
      next = (to as number) + 1;
      return true;
    })
  );
}
