import type { Duplex } from "node:stream";
import {
  createStreamMessageReader,
  FRAME_CODEC,
  FRAME_HEADER,
  readFrameHeader,
  SitewrightError,
  writeFrameHeader,
  type Ranges,
} from "@sitewright/protocol";
import type { ChunkSource } from "../../app/ports/content.ts";
import type { Credit } from "../../domain/lines/credit.ts";
import type { Packing } from "../../domain/lines/packing.ts";
import type { ControlFrames } from "./control-frames.ts";
import type { PacedWriter } from "./paced-writer.ts";
import { orAborted } from "./or-aborted.ts";
import type { Transfer } from "./transfers.ts";

export interface StreamParts {
  socket: Duplex;
  source: ChunkSource;
  transfer: Transfer;
  pacedWriter: PacedWriter;
  /** Frames to send before the next frame. */
  controlFrames: ControlFrames;
  /** What of the order may be in transit, and the packing for the current line. */
  credit: () => Credit;
  packing: () => Packing;
}

/**
 * Sends the requested frames, each when there is credit and the line is free. A frame that began is completed before another one of the
 * order uses credit: the agent returns credit soonest for whole frames.
 * @returns After a failure frame was sent. Throws any other cause of the end, finally the signal's reason.
 */
export async function sendFrames({ socket, source, transfer, pacedWriter, controlFrames, credit, packing }: StreamParts): Promise<void> {
  const { signal } = pacedWriter;

  async function send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      const begun = await transfer.begin(rest.length, credit, (room) => framesWithin(rest, room), signal);
      await sendControlFrames();
      if (controlFrames.isOver()) return;
      await sendBegun(rest.subarray(0, begun));
      at += begun;
    }
  }

  async function sendBegun(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const granted = await pacedWriter.take(await transfer.leave(bytes.length - at, credit, signal));
      transfer.left(granted);
      await write(socket, bytes.subarray(at, at + granted));
      at += granted;
    }
  }

  async function sendControlFrames(): Promise<void> {
    for (let frame = controlFrames.next(); frame; frame = controlFrames.next()) {
      transfer.begun(frame.length);
      await sendBegun(frame);
    }
  }

  let ahead = nextFrames(source, packing());
  for (;;) {
    const filled = await orAborted(orControlFrame(ahead, controlFrames), signal);
    if (!filled) {
      await sendControlFrames();
      if (controlFrames.isOver()) return;
      continue;
    }
    const { bytes, failed } = filled;
    if (!failed) ahead = nextFrames(source, packing());
    await send(bytes);
    if (failed || controlFrames.isOver()) return;
  }
}

interface StreamListener {
  /** May throw to refuse it. @param failed A neighbour that did not deliver it. */
  ask: (ranges: Ranges, failed?: string) => void;
  refuse: (error: unknown) => void;
}

/** Handles the agent's messages until one is refused. @param head Bytes that arrived with the request. */
export function hearAgent(
  { socket, head }: { socket: Duplex; head: Uint8Array },
  transfer: Transfer,
  { ask, refuse }: StreamListener,
): void {
  const read = createStreamMessageReader();
  const hear = (part: Uint8Array): void => {
    try {
      for (const message of read(part)) {
        if (message.kind === "credit") transfer.consumed(message.consumed);
        else if (message.kind === "busy") transfer.busy();
        else ask(message.ranges, message.failed);
      }
    } catch (error) {
      socket.off("data", hear).resume();
      refuse(error);
    }
  };
  socket.on("data", hear);
  if (head.length > 0) hear(head);
}

/** Tells the agent why the stream ends. */
export function failureFrame(error: unknown): Uint8Array {
  const { code, message, path } = SitewrightError.from(error);
  const words = new TextEncoder().encode(JSON.stringify({ code, message, path }));
  const frame = new Uint8Array(FRAME_HEADER + words.length);
  writeFrameHeader(frame, { codec: FRAME_CODEC.failure, ordinal: 0, count: 0, length: words.length });
  frame.set(words, FRAME_HEADER);
  return frame;
}

/** Undefined when a control frame came first. */
function orControlFrame<T>(ahead: Promise<T>, controlFrames: ControlFrames): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = controlFrames.listen(() => resolve(undefined));
    ahead.then(resolve, reject).finally(stop);
  });
}

function nextFrames(source: ChunkSource, packing: Packing): ReturnType<ChunkSource["next"]> {
  const frames = source.next(packing);
  // On an early end they are not awaited any more, and an unhandled rejection would end the process.
  frames.catch(() => undefined);
  return frames;
}

/** Bytes of the frames that begin within `room` bytes. */
function framesWithin(bytes: Uint8Array, room: number): number {
  let end = 0;
  do end += FRAME_HEADER + readFrameHeader(bytes.subarray(end)).length;
  while (end < bytes.length && end < room);
  return end;
}

/** Resolves when the operating system has accepted the bytes. Throws `CONTENT_UNAVAILABLE` when the connection has ended. */
function write(socket: Duplex, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => {
      if (error) reject(new SitewrightError("CONTENT_UNAVAILABLE", `the connection was lost (${error.message})`, { cause: error }));
      else resolve();
    });
  });
}
