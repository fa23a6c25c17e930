import type { Duplex } from "node:stream";
import { CONTENT_PROTOCOL, SitewrightError, type Ranges } from "@sitewright/protocol";
import type { Admission } from "../adapters/admission.ts";
import { failureFrame, hearAgent, sendFrames } from "../adapters/content/content-stream.ts";
import { createControlFrames } from "../adapters/content/control-frames.ts";
import { openPacedWriter } from "../adapters/content/paced-writer.ts";
import type { OpenGrant, StreamGrant } from "../adapters/content/stream-grant.ts";
import type { Transfer } from "../adapters/content/transfers.ts";
import type { Log } from "../app/log.ts";
import type { ChunkSource, ContentIndex } from "../app/ports/content.ts";
import { creditFor, type Credit } from "../domain/lines/credit.ts";
import { packingFor } from "../domain/lines/packing.ts";
import { notHere } from "./content-rights.ts";
import { bearer } from "./rights.ts";
import type { Upgrade, UpgradeEndpoint } from "./upgrade.ts";

interface Watched {
  /** Throws or rejects when the reader of the stream has lost its right to it. */
  prove(): Promise<void>;
  /** Bytes sent that the other side has not received yet. */
  underWay(): number;
  /** Whether the line is the bottleneck. */
  lineWaits(): boolean;
  end(why: unknown): void;
}

/** ms between two checks. */
const EVERY = 5_000;
/** ms within which a working agent receives some of the bytes in transit. */
const SILENCE = 30_000;

/** Ends a stream whose order has ended or whose agent receives nothing any more. Returns a function that stops the watch. */
export function watchStream(stream: Watched, { every = EVERY, silence = SILENCE } = {}): () => void {
  let quietFor = 0;
  let before = 0;
  const timer = setInterval(() => {
    const underWay = stream.underWay();
    quietFor = underWay > 0 && underWay === before && !stream.lineWaits() ? quietFor + every : 0;
    before = underWay;
    if (quietFor >= silence) {
      stream.end(
        new SitewrightError(
          "CONTENT_UNAVAILABLE",
          `the agent has received nothing for ${Math.round(quietFor / 1000)} s: request the rest again`,
        ),
      );
    } else stream.prove().catch((error: unknown) => stream.end(error));
  }, every);
  return () => clearInterval(timer);
}

/** Ranges that may wait on one stream. */
const MOST_WAITING = 64 * 1024;

/** Peer redirects that may wait for one stream's line. */
const MOST_CONTROL_FRAMES = 1024;

/** Checks that ranges, which the protocol guarantees to ascend, lie within a manifest of `chunks` chunks. Throws `BAD_REQUEST`. */
function checkRanges(ranges: Ranges, chunks: number): void {
  const [from, to] = ranges.at(-1) ?? [0, -1];
  if (to >= chunks) throw new SitewrightError("BAD_REQUEST", `the range ${from} to ${to} leaves the manifest, which has ${chunks} chunks`);
}

const CONTENT_STREAM_PATH = "/content/v1/stream";

export interface ContentEndpointDeps {
  /** By the coordinator that leads: this one, or another. */
  openGrant: OpenGrant;
  index: Pick<ContentIndex, "openChunks">;
  log: Log;
}

interface OpenStream {
  grant: StreamGrant;
  transfer: Transfer;
  source: ChunkSource;
  head: Buffer;
}

/** ms of silence until TCP keep-alive probes the other side. */
const KEEP_ALIVE = 10_000;
/** ms for an agent to read a failure and close. */
const FAREWELL = 5_000;

/** Serves the chunks of one manifest for one order, on a connection of their own. */
export function contentEndpoint({ openGrant, index, log }: ContentEndpointDeps, admission: Pick<Admission, "proved">): UpgradeEndpoint {
  return {
    path: CONTENT_STREAM_PATH,
    right: "agent",
    async accept({ request, query, socket, head }: Upgrade) {
      if (request.headers.upgrade !== CONTENT_PROTOCOL)
        throw new SitewrightError("BAD_REQUEST", `the connection can be upgraded to ${CONTENT_PROTOCOL} only`);
      const [order, manifest] = [query.get("order") ?? "", query.get("manifest") ?? ""];
      const grant = await openGrant(bearer(request.headers), order, manifest);
      admission.proved(request.socket);
      let transfer: Transfer | undefined;
      try {
        transfer = grant.transfers.open(order);
        const source = await index.openChunks(manifest);
        if (!source) throw notHere(manifest);
        log.info({ ...grant.facts, chunks: source.chunks }, "a content stream begins");
        // The end of a frame must not wait for further data, and keep-alive detects a dead peer.
        request.socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${CONTENT_PROTOCOL}\r\n\r\n`);
        void serve(log, socket, { grant, transfer, source, head });
      } catch (error) {
        transfer?.close();
        grant.close();
        throw error;
      }
    },
  };
}

async function serve(log: Log, socket: Duplex, { grant, transfer, source, head }: OpenStream): Promise<void> {
  const ended = new AbortController();
  const closedByAgent = new SitewrightError("CONTENT_UNAVAILABLE", "the agent has closed the stream");
  socket.once("close", () => ended.abort(closedByAgent)).once("end", () => ended.abort(closedByAgent));
  const signal = AbortSignal.any([ended.signal, transfer.displaced, grant.ended]);
  if (socket.destroyed) ended.abort(closedByAgent);
  // What waits for the socket ends with it.
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  const sent = inReports(grant.sent, () => source.waiting() === 0);
  const pacedWriter = openPacedWriter(grant.take, sent.add, signal);
  const stopWatch = watchStream({
    prove: grant.prove,
    underWay: transfer.underWay,
    lineWaits: pacedWriter.waits,
    end: (why) => ended.abort(why),
  });
  const controlFrames = createControlFrames();
  let allotting = 0;
  const ask = (ranges: Ranges, failed?: string): void => {
    checkRanges(ranges, source.chunks);
    if (source.waiting() + allotting + ranges.length > MOST_WAITING || controlFrames.waiting() > MOST_CONTROL_FRAMES)
      throw new SitewrightError("TOO_MANY_REQUESTS", `more than ${MOST_WAITING} ranges wait on one stream: request fewer at a time`);
    allotting += ranges.length;
    grant.allot(ranges, failed).then(
      ({ own, redirects }) => {
        allotting -= ranges.length;
        for (const frame of redirects) controlFrames.add(frame);
        if (own.length > 0 && !signal.aborted) source.ask(own);
      },
      (error: unknown) => signal.aborted || refuse(error),
    );
  };
  let parting: NodeJS.Timeout | undefined;
  const refuse = (error: unknown): void => {
    warn(SitewrightError.from(error));
    controlFrames.end(failureFrame(error));
    parting = setTimeout(() => ended.abort(closedByAgent), FAREWELL); // where the line's send buffer is full
  };
  const warn = ({ code, message }: SitewrightError): void => log.warn({ ...grant.facts, code }, `a content stream broke off: ${message}`);
  try {
    hearAgent({ socket, head }, transfer, { ask, refuse });
    const credit = (): Credit => creditFor(grant.slowest()?.budget, grant.roundTripMs());
    await sendFrames({ socket, source, transfer, pacedWriter, controlFrames, credit, packing: () => packingFor(grant.slowest()?.budget) });
    await farewell(socket, signal);
  } catch (error) {
    const known = SitewrightError.from(signal.aborted ? signal.reason : error);
    if (known !== closedByAgent) warn(known);
  } finally {
    clearTimeout(parting);
    stopWatch();
    sent.end();
    transfer.close();
    source.close();
    grant.close();
    socket.destroy();
  }
}

/** ms between two reports of what was sent: the run, its forecast and its readers look at each. */
const REPORT_MS = 20;

/** Adds up what is sent. @param isAllRead Whether nothing requested is left: the order may end with these bytes, so they are reported at once. */
function inReports(report: (bytes: number) => void, isAllRead: () => boolean): { add(bytes: number): void; end(): void } {
  let unsaid = 0;
  let timer: NodeJS.Timeout | undefined;

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
    if (unsaid > 0) report(unsaid);
    unsaid = 0;
  }

  return {
    add(bytes) {
      unsaid += bytes;
      if (isAllRead()) end();
      else timer ??= setTimeout(end, REPORT_MS);
    },
    end,
  };
}

/** Closing while the agent still sends would reset the connection, and the agent could lose what it has not read yet. */
async function farewell(socket: Duplex, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FAREWELL);
  signal.addEventListener("abort", () => resolve(), { once: true });
  socket.end();
  await promise;
  clearTimeout(timer);
}
