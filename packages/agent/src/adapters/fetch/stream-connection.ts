import type { ClientRequestArgs } from "node:http";
import { isIP, type OnReadOpts, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { CONTENT_PROTOCOL, PEER_TLS, SitewrightError } from "@sitewright/protocol";
import { trustOnly } from "@sitewright/node-kit/tls-trust";
import { contentRefusal } from "../link/content-request.ts";
import { brokenOff, unreachable } from "../link/http-reply.ts";
import type { StreamTrust } from "./messages.ts";

/** Bytes that are processed at once: they fit the processor's cache together with the work on them. */
const READ_BYTES = 256 * 1024;
/** TLS delivers records of this size, one by one. */
const RECORD_BYTES = 16 * 1024;
/** ms of silence until TCP keep-alive probes the other side; some ten seconds later the connection counts as dead. */
const KEEP_ALIVE = 5_000;

export interface StreamConnection {
  /** Also before the stream is open: that is sent together with the request for it, and spares a round trip. Does nothing after its end. */
  write(bytes: Uint8Array): void;
  /** Ends it; nothing is reported afterwards. */
  destroy(): void;
}

export interface ConnectionEvents {
  opened(roundTripMs: number): void;
  /** The bytes are overwritten by the next read. */
  received(part: Uint8Array): void;
  ended(error: SitewrightError): void;
}

/**
 * Opens a content stream. All reads use one buffer, because allocation costs more than receiving, and what has arrived is reported as a
 * whole: a chunk mostly spans several records, and files are written in fewer pieces.
 */
export function openConnection(target: { url: string; trust: StreamTrust }, events: ConnectionEvents): StreamConnection {
  const url = new URL(target.url);
  const { trust } = target;
  let upgraded: Socket | undefined;
  /** What follows the request, until it is sent. */
  let early: Uint8Array[] | undefined = [];
  let connectedAt = performance.now();
  let securedAt = connectedAt;
  let over = false;
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  /** What arrived and was not reported. The next read continues at its end, wherever that is. */
  let [from, to] = [0, 0];
  let waiting: NodeJS.Immediate | undefined;

  function end(error: SitewrightError): void {
    tell();
    if (over) return;
    destroy();
    events.ended(error);
  }

  function tell(): void {
    clearImmediate(waiting);
    waiting = undefined;
    const part = buffer.subarray(from, to);
    from = to;
    if (part.length > 0 && !over) events.received(part);
  }

  function destroy(): void {
    over = true;
    clearImmediate(waiting);
    request.destroy();
    upgraded?.destroy();
  }

  function createConnection(options: ClientRequestArgs): Socket {
    const onread: OnReadOpts = {
      buffer() {
        if (from === to) from = to = 0;
        return buffer.subarray(to);
      },
      callback(length, read) {
        if (over) return true;
        if (!upgraded) {
          socket.emit("data", Buffer.from(read.subarray(0, length))); // the head of the reply, for node's own parser
          return true;
        }
        to += length;
        if (READ_BYTES - to < RECORD_BYTES) tell();
        else waiting ??= setImmediate(tell);
        return true;
      },
    };
    const host = options.host as string;
    const place = { host, port: Number(options.port), noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE, onread };
    const socket = process
      .getBuiltinModule("node:tls")
      .connect({ ...place, ...tlsOptions(trust), servername: isIP(host) ? "" : host, ALPNProtocols: ["http/1.1"] });
    socket.once("connect", () => (connectedAt = performance.now()));
    socket.once("secureConnect", () => (securedAt = performance.now()));
    return socket;
  }

  // Not imported: that loads its dependencies, WebSocket and fetch included, which takes 50 ms in each worker.
  const request = process.getBuiltinModule("node:https").request(url, {
    headers: { connection: "Upgrade", upgrade: CONTENT_PROTOCOL, ...("token" in trust ? { authorization: `Bearer ${trust.token}` } : {}) },
    createConnection,
  });
  request.on("error", (error) => end(unreachable(url, error)));
  request.on("response", (reply) => {
    void contentRefusal({ status: reply.statusCode ?? 0, body: reply }).then(end, (error) => end(SitewrightError.from(error)));
  });
  request.on("finish", () => {
    for (const bytes of early ?? []) request.socket?.write(bytes);
    early = undefined;
  });
  request.on("upgrade", (_reply, socket: Socket, rest) => {
    if (over) return void socket.destroy();
    upgraded = socket;
    socket.on("error", (error) => end(brokenOff(error)));
    for (const event of ["end", "close"]) socket.on(event, () => end(brokenOff(new Error("the stream ended"))));
    // Each took a round trip, and the other side's time: to look up a large unit may take it longer than a handshake.
    events.opened(Math.min(securedAt - connectedAt, performance.now() - securedAt));
    if (rest.length > 0 && !over) events.received(rest);
  });
  request.end();
  return {
    write(bytes) {
      if (over) return;
      if (early) early.push(bytes);
      else request.socket?.write(bytes);
    },
    destroy,
  };
}

function tlsOptions(trust: StreamTrust): ConnectionOptions {
  if ("ca" in trust) return trustOnly(trust.ca);
  const psk = Buffer.from(trust.key, "base64url");
  // The key authenticates the server; one without it cannot complete the handshake.
  return { ...PEER_TLS, pskCallback: () => ({ psk, identity: trust.ticket }), checkServerIdentity: () => undefined };
}
