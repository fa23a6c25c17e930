import type { Socket } from "node:net";
import {
  createStreamMessageReader,
  FRAME_CODEC,
  FRAME_HEADER,
  SitewrightError,
  writeFrameHeader,
  type Digest,
  type Ranges,
} from "@sitewright/protocol";
import type { HeldContent } from "../../domain/tree/held-places.ts";
import { openChunkReader } from "./chunk-reader.ts";
import { FRAME, type FrameBuffers } from "./frame-buffers.ts";
import type { LookUp } from "./messages.ts";
import type { ServedManifest } from "./served-manifest.ts";

export interface ServeTimes {
  /** Interval of the search for a missing chunk, ms, */
  retryMs: number;
  /** its limit while nothing more is being put here (trees may be being exchanged), */
  settleMs: number;
  /** and its limit in any case. */
  timeoutMs: number;
  /** A frame that is not received within this time ends the stream, ms: its memory is needed by others. */
  takeMs: number;
  /** Interval of the message that nothing is available yet, ms. */
  sayMs: number;
}

export const SERVE_TIMES: ServeTimes = { retryMs: 200, settleMs: 1_000, timeoutMs: 5 * 60_000, takeMs: 15_000, sayMs: 1_000 };

/** Ranges that may wait. */
const MOST_WAITING = 64 * 1024;
export interface ServedStream {
  /** The receiver. */
  neighbour: string;
  manifest: Digest;
  table: ServedManifest;
  held: HeldContent;
  lookUp: LookUp;
  buffers: FrameBuffers;
}

/** Sends a neighbour the requested chunks, in that order, each verified before it is sent. Ends with the socket. */
export async function serveStream(socket: Socket, head: Uint8Array, stream: ServedStream, times: ServeTimes): Promise<void> {
  const { neighbour, table, manifest, lookUp, buffers } = stream;
  const reader = openChunkReader(table);
  const asked: Ranges = [];
  const read = createStreamMessageReader();
  let over = false;
  let wake: (() => void) | undefined;

  function end(): void {
    over = true;
    socket.destroy(); // ends what is being written too
    wake?.();
  }

  function hear(part: Uint8Array): void {
    try {
      for (const message of read(part)) if (message.kind === "ask") ask(message.ranges);
    } catch {
      end(); // an invalid message
    }
  }

  function ask(ranges: Ranges): void {
    if ((ranges.at(-1)?.[1] ?? 0) >= table.chunks || asked.length + ranges.length > MOST_WAITING)
      throw new SitewrightError("BAD_REQUEST", "it requests chunks that do not exist, or too many at once");
    asked.push(...ranges);
    wake?.();
  }

  function write(bytes: Uint8Array): Promise<unknown> {
    const timer = setTimeout(end, times.takeMs);
    return new Promise((resolve) => socket.write(bytes, resolve)).finally(() => clearTimeout(timer));
  }

  /** As many chunks as fit a frame. False: not even the next one is available. */
  async function sendFrame(): Promise<boolean> {
    const buffer = await buffers.take(neighbour);
    try {
      const bytes = fill(buffer);
      if (bytes > 0) await write(buffer.subarray(0, bytes));
      return bytes > 0;
    } finally {
      buffers.giveBack(buffer, neighbour);
    }
  }

  /** @returns The bytes of the frame; 0 for none. */
  function fill(buffer: Buffer): number {
    const ordinal = asked[0]?.[0];
    let [at, count] = [FRAME_HEADER, 0];
    for (let next = ordinal; next !== undefined && at < FRAME; next = asked[0]?.[0]) {
      const size = reader.read(next, buffer, at);
      if (size === undefined) break;
      at += size;
      count += 1;
      takeNext(asked);
    }
    reader.rest();
    if (ordinal === undefined || count === 0) return 0;
    writeFrameHeader(buffer, { codec: FRAME_CODEC.raw, ordinal, count, length: at - FRAME_HEADER });
    return at;
  }

  /** Searches repeatedly for the next chunk. False when it is not found in time. */
  async function awaitChunk(): Promise<boolean> {
    const since = performance.now();
    let said = 0;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, times.retryMs));
      if (over) return false;
      const held = await lookUp(table.unit, manifest);
      if (held) reader.look(held);
      if (held && (await sendFrame())) return true;
      const waited = performance.now() - since;
      if (waited > (held?.isGrowing ? times.timeoutMs : times.settleMs)) return false;
      if (waited < said) continue;
      said = waited + times.sayMs;
      await write(emptyFrame(FRAME_CODEC.waiting));
    }
  }

  socket.on("data", hear);
  for (const event of ["end", "close", "error", "timeout"]) socket.on(event, end);
  try {
    reader.look(stream.held);
    if (head.length > 0) hear(head);
    while (!over) {
      if (asked.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      else if (!(await sendFrame()) && !(await awaitChunk())) break;
    }
    if (!over) socket.end(failureFrame(new SitewrightError("CONTENT_UNAVAILABLE", "this neighbour does not have it")));
  } finally {
    reader.close();
  }
}

function takeNext(asked: Ranges): void {
  const range = asked[0] as Ranges[number];
  if (range[0] === range[1]) asked.shift();
  else range[0] += 1;
}

function emptyFrame(codec: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER);
  writeFrameHeader(frame, { codec, ordinal: 0, count: 0, length: 0 });
  return frame;
}

function failureFrame({ code, message }: SitewrightError): Uint8Array {
  const words = Buffer.from(JSON.stringify({ code, message }));
  const frame = new Uint8Array(FRAME_HEADER + words.length);
  writeFrameHeader(frame, { codec: FRAME_CODEC.failure, ordinal: 0, count: 0, length: words.length });
  frame.set(words, FRAME_HEADER);
  return frame;
}
