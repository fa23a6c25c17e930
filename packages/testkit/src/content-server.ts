import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { zstdCompressSync } from "node:zlib";
import {
  CONTENT_PROTOCOL,
  createStreamMessageReader,
  encodePeerRedirect,
  FRAME_CODEC,
  FRAME_HEADER,
  LIMITS,
  SitewrightError,
  writeFrameHeader,
  writePartHeader,
  type PeerRedirect,
  type ErrorCode,
  type Ranges,
} from "@sitewright/protocol";

/** A manifest and its content. */
export interface Served {
  bytes: Uint8Array;
  /** Content of a chunk by its ordinal. */
  chunk(ordinal: number): Uint8Array;
}

export interface OutFrame {
  ordinal: number;
  count: number;
  codec: number;
  payload: Uint8Array;
}

/** One content stream, as the coordinator sees it. */
export interface ServedStream {
  /** From 1, in the order in which they were opened. */
  number: number;
  token: string | undefined;
  /** Something was requested before it was open. */
  isAskedEarly: boolean;
  /** Ordinals that were requested. */
  asked: number[];
  /** Bytes of frames, headers included. */
  sent: number;
  consumed: number;
  /** The connection breaks. */
  cut(): void;
  /** The stream ends with a reason. */
  refuse(code: ErrorCode, message: string): void;
}

/** The coordinator's side of the content protocol, behind an address of the test's server. */
export interface ContentServer {
  offer(digest: string, served: Served): void;
  /** Answers a request for a manifest; false for any other. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** Handles a content stream; false for any other upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex): boolean;
  /** Requests for manifests. */
  manifests: { url: string; token: string | undefined }[];
  streams: ServedStream[];
  /** Every requested ordinal, in order. */
  asked: number[];
  /** Maximum of concurrent streams, and of bytes in transit. */
  most: { open: number; underWay: number };
  /** Called before a frame is sent; may change it, delay it, or do something to the stream. */
  onFrame: (frame: OutFrame, stream: ServedStream) => OutFrame | Promise<OutFrame>;
  /** Returns which chunks of a request a neighbour has; not called after a failure. */
  elsewhere: (ordinals: readonly number[]) => PeerRedirect[];
  /** What was requested after a neighbour had failed. */
  afterFailure: { failed: string; ordinals: number[] }[];
  /** Returns the refusal of the next stream, if any. */
  onOpen: (number: number) => { status: number; code: ErrorCode } | undefined;
  /** Bytes that may be sent and not consumed. */
  window: number;
  /** Approximate bytes of content in a frame. */
  frameBytes: number;
  /** How long each step of a stream's opening takes, ms. */
  delayMs: number;
  /** Bytes of a manifest in one part, and the number of parts after which the connection breaks once. */
  manifestPart: number;
  cutManifestAfter: number;
}

export function createContentServer(): ContentServer {
  const manifests = new Map<string, Served>();
  /** Resumes a stream when there is room in the window. */
  const open = new Map<ServedStream, () => void>();
  let opened = 0;

  const server: ContentServer = {
    manifests: [],
    streams: [],
    asked: [],
    most: { open: 0, underWay: 0 },
    onFrame: (frame) => frame,
    elsewhere: () => [],
    afterFailure: [],
    onOpen: () => undefined,
    window: 64 * 1024,
    frameBytes: 16 * 1024,
    delayMs: 0,
    manifestPart: LIMITS.manifestPart,
    cutManifestAfter: Infinity,
    offer: (digest, served) => void manifests.set(digest, served),
    answer(request, response) {
      const url = new URL(request.url ?? "", "http://server");
      const digest = /^\/content\/v1\/manifests\/([0-9a-f]+)$/.exec(url.pathname)?.[1];
      if (digest === undefined) return false;
      server.manifests.push({ url: request.url ?? "", token: tokenOf(request) });
      const served = manifests.get(digest);
      if (served) sendManifest(response, manifestParts(served.bytes, Number(url.searchParams.get("from") ?? 0), server.manifestPart));
      else response.writeHead(404).end(JSON.stringify({ error: { code: "NOT_FOUND", message: "no such manifest" } }));
      return true;
    },
    upgrade(request, socket) {
      if (request.headers.upgrade !== CONTENT_PROTOCOL) return false;
      const refusal = server.onOpen(++opened);
      const served = manifests.get(new URL(request.url ?? "", "http://server").searchParams.get("manifest") ?? "");
      if (refusal || !served) refuseUpgrade(socket, refusal ?? { status: 404, code: "NOT_FOUND" });
      else setTimeout(() => serve(socket, served, tokenOf(request)), server.delayMs);
      return true;
    },
  };

  function sendManifest(response: ServerResponse, parts: Buffer[]): void {
    const whole = server.cutManifestAfter;
    if (whole >= parts.length) return void response.end(Buffer.concat(parts));
    server.cutManifestAfter = Infinity;
    response.write(Buffer.concat([...parts.slice(0, whole), (parts[whole] as Buffer).subarray(0, -1)]));
    setTimeout(() => response.destroy(), 50);
  }

  function serve(socket: Duplex, served: Served, token: string | undefined): void {
    const isAskedEarly = socket.readableLength > 0;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${CONTENT_PROTOCOL}\r\n\r\n`);
    const stream: ServedStream = {
      number: server.streams.length + 1,
      token,
      isAskedEarly,
      asked: [],
      sent: 0,
      consumed: 0,
      cut: () => socket.destroy(),
      refuse(code, message) {
        open.delete(stream);
        socket.end(
          encodeFrame({ ordinal: 0, count: 0, codec: FRAME_CODEC.failure, payload: Buffer.from(JSON.stringify({ code, message })) }),
        );
      },
    };
    const waiting: number[] = [];
    let sending = false;

    async function send(): Promise<void> {
      if (sending) return;
      sending = true;
      while (waiting.length > 0 && open.has(stream) && underWay() < server.window) {
        const frame = await server.onFrame(nextFrame(waiting, served, server.frameBytes), stream);
        const bytes = encodeFrame(frame);
        if (!open.has(stream)) break;
        stream.sent += bytes.length;
        server.most.underWay = Math.max(server.most.underWay, underWay());
        socket.write(bytes);
      }
      sending = false;
    }

    function sentFromHere(ordinals: number[], failed: string | undefined): number[] {
      if (failed !== undefined) server.afterFailure.push({ failed, ordinals });
      const named = failed === undefined ? server.elsewhere(ordinals) : [];
      for (const one of named) {
        const frame = encodePeerRedirect(one);
        stream.sent += frame.length;
        socket.write(frame);
      }
      return ordinals.filter((ordinal) => !named.some(({ ranges }) => ranges.some(([from, to]) => from <= ordinal && ordinal <= to)));
    }

    server.streams.push(stream);
    open.set(stream, () => void send());
    server.most.open = Math.max(server.most.open, open.size);
    const read = createStreamMessageReader();
    socket.on("data", (part: Buffer) => {
      try {
        for (const message of read(part)) {
          if (message.kind === "credit") stream.consumed = message.consumed;
          else if (message.kind === "ask") waiting.push(...sentFromHere(note(message.ranges, stream), message.failed));
        }
      } catch (error) {
        const { code, message } = SitewrightError.from(error);
        return stream.refuse(code, message);
      }
      for (const sendOn of open.values()) sendOn();
    });
    socket.on("end", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(stream));
  }

  function note(ranges: Ranges, stream: ServedStream): number[] {
    const ordinals = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
    stream.asked.push(...ordinals);
    server.asked.push(...ordinals);
    return ordinals;
  }

  function underWay(): number {
    let bytes = 0;
    for (const stream of open.keys()) bytes += stream.sent - stream.consumed;
    return bytes;
  }

  return server;
}

/** Takes the next chunks out of `waiting`; every second frame is packed. */
function nextFrame(waiting: number[], served: Served, limit: number): OutFrame {
  const ordinal = waiting[0] as number;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  do {
    const chunk = served.chunk(waiting.shift() as number);
    chunks.push(chunk);
    bytes += chunk.length;
  } while (waiting.length > 0 && bytes < limit);
  const content = Buffer.concat(chunks);
  const packed = ordinal % 2 === 0;
  return {
    ordinal,
    count: chunks.length,
    codec: packed ? FRAME_CODEC.zstd : FRAME_CODEC.raw,
    payload: packed ? zstdCompressSync(content) : content,
  };
}

export function encodeFrame({ ordinal, count, codec, payload }: OutFrame): Buffer {
  const whole = Buffer.alloc(FRAME_HEADER + payload.length);
  writeFrameHeader(whole, { codec, ordinal, count, length: payload.length });
  whole.set(payload, FRAME_HEADER);
  return whole;
}

/** Parts without a base. */
function manifestParts(bytes: Uint8Array, from: number, limit: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = from; at < bytes.length; at += limit) {
    const next = bytes.subarray(at, at + limit);
    const packed = zstdCompressSync(next);
    parts.push(Buffer.concat([writePartHeader({ packed: packed.length, length: next.length, base: { from: 0, to: 0 } }), packed]));
  }
  return parts;
}

function refuseUpgrade(socket: Duplex, { status, code }: { status: number; code: ErrorCode }): void {
  const body = JSON.stringify({ error: { code, message: "the test says no" } });
  socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

function tokenOf(request: IncomingMessage): string | undefined {
  return request.headers.authorization?.replace(/^Bearer /, "");
}
