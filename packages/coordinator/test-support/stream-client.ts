import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { zstdDecompressSync } from "node:zlib";
import {
  CONTENT_PROTOCOL,
  encodeStreamMessage,
  FRAME_CODEC,
  FRAME_HEADER,
  readFrameHeader,
  type FrameHeader,
  type Ranges,
} from "@sitewright/protocol";

export interface ReceivedFrame extends FrameHeader {
  /** Unpacked. */
  content: Buffer;
}

/** The agent's end of a content stream. */
export interface StreamClient {
  socket: Socket;
  /** @param failed Names a neighbour that did not deliver it. */
  ask(ranges: Ranges, failed?: string): void;
  /** Bytes received, in total. */
  credit(consumed: number): void;
  /** Bytes that have arrived, of complete frames or not. */
  received(): number;
  /** Complete frames that have arrived. */
  frames: ReceivedFrame[];
  closed: Promise<void>;
}

export interface StreamOptions {
  order?: string;
  manifest: string;
  token?: string;
  headers?: Record<string, string>;
  ca?: string;
  /** Returns credit immediately, as an agent that is never busy. */
  generous?: boolean;
}

/** Opens a content stream; a refusal is returned as an answer. */
export async function openStream(
  url: string,
  options: StreamOptions,
): Promise<{ status: number; body: { error?: { code: string; message: string } }; stream: StreamClient }> {
  const { hostname, port, protocol } = new URL(url);
  const socket: Socket =
    protocol === "https:"
      ? connectTls({ host: hostname, port: Number(port), ...(options.ca ? { ca: options.ca } : {}) })
      : connect({ host: hostname, port: Number(port), noDelay: true });
  const headers = {
    host: `${hostname}:${port}`,
    connection: "Upgrade",
    upgrade: CONTENT_PROTOCOL,
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...options.headers,
  };
  const path = `/content/v1/stream?order=${options.order ?? "order-1"}&manifest=${options.manifest}`;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  const answer = Promise.withResolvers<string>();
  const closed = Promise.withResolvers<void>();
  const frames: ReceivedFrame[] = [];
  let head: string | undefined;
  let rest = Buffer.alloc(0);
  let received = 0;
  const stream: StreamClient = {
    socket,
    frames,
    received: () => received,
    ask: (ranges, failed) => void socket.write(encodeStreamMessage({ kind: "ask", ranges, ...(failed === undefined ? {} : { failed }) })),
    credit: (consumed) => void socket.write(encodeStreamMessage({ kind: "credit", consumed })),
    closed: closed.promise,
  };
  socket.on("data", (part: Buffer) => {
    rest = Buffer.concat([rest, part]);
    const end = rest.indexOf("\r\n\r\n");
    if (head === undefined) {
      if (end < 0) return;
      head = rest.subarray(0, end).toString();
      rest = rest.subarray(end + 4);
      part = rest;
      answer.resolve(head);
    }
    if (!head.startsWith("HTTP/1.1 101")) return;
    received += part.length;
    while (rest.length >= FRAME_HEADER) {
      const header = readFrameHeader(rest);
      if (rest.length < FRAME_HEADER + header.length) break;
      const bytes = Buffer.from(rest.subarray(FRAME_HEADER, FRAME_HEADER + header.length));
      frames.push({ ...header, content: header.codec === FRAME_CODEC.zstd ? zstdDecompressSync(bytes) : bytes });
      rest = rest.subarray(FRAME_HEADER + header.length);
    }
    if (options.generous !== false) stream.credit(received - rest.length);
  });
  socket.on("error", (error) => answer.reject(error));
  socket.on("close", () => {
    answer.resolve("HTTP/1.1 000 closed");
    closed.resolve();
  });
  const status = Number((await answer.promise).split(" ")[1]);
  if (status !== 101) await closed.promise;
  const body = status === 101 || rest.length === 0 ? {} : (JSON.parse(rest.toString()) as { error?: { code: string; message: string } });
  return { status, body, stream };
}
