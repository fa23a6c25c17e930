import { SitewrightError, type Priority } from "@sitewright/protocol";
import type { Connections } from "../../packages/coordinator/src/adapters/agent-gateway/connections.ts";
import { openPacedWriter } from "../../packages/coordinator/src/adapters/content/paced-writer.ts";
import type { ContentParts } from "../../packages/coordinator/src/wiring/content.ts";
import type { ContentRights } from "../../packages/coordinator/src/app/ports/content.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";

/** What an agent asks of the coordinator's content endpoint. */
export interface StreamRequest {
  token: string;
  order: string;
  manifest: string;
  /** Chunks that are missing. */
  chunks: readonly number[];
  chunkBytes: number;
  /** A neighbour that did not deliver. */
  failed?: string;
  signal: AbortSignal;
}

/** What the stream does; all of it as part of the agent. */
export interface StreamReader {
  process: Process;
  chunk(ordinal: number): void;
  /** The neighbour has these chunks. */
  redirect(neighbour: string, chunks: number[]): void;
  end(error?: unknown): void;
}

export interface ContentServer {
  open(request: StreamRequest, reader: StreamReader): void;
}

export interface ContentServerDeps {
  time: VirtualTime;
  process: Process;
  connections: Pick<Connections, "session">;
  rights: ContentRights;
  content: ContentParts;
  /** Payload bytes that the pacer let pass to a system. */
  granted(system: string, bytes: number, priority: Priority): void;
  latency: () => number;
}

/** The coordinator's content endpoint without its sockets: rights, neighbours and pacing are the real ones. */
export function createContentServer({ time, process, connections, rights, content, granted, latency }: ContentServerDeps): ContentServer {
  async function serve({ token, order, manifest, chunks, chunkBytes, failed, signal }: StreamRequest, reader: StreamReader): Promise<void> {
    const tell = (work: () => void): void =>
      time.after(latency(), () => {
        if (!reader.process.isDead && !signal.aborted) time.as(reader.process, work);
      });
    try {
      const session = connections.session(token);
      if (!session) throw new SitewrightError("CONTENT_UNAVAILABLE", "the connection has ended");
      const phase = await rights.orderFor(session.system, order, manifest);
      if (!phase) throw new SitewrightError("FORBIDDEN", "the manifest is not ordered");
      content.pacer.chargeConnection(session.system);
      const stream = {
        system: session.system,
        order,
        manifest,
        isComplete: (system: string) => rights.isHeld(system, phase.unit, manifest),
        complete: { systems: [], until: 0 },
      };
      const { own, elsewhere } = content.neighbours.allot(stream, rangesOf(chunks), failed);
      for (const { ranges, offer } of elsewhere) tell(() => reader.redirect(offer.system, ordinalsOf(ranges)));
      const ended = AbortSignal.any([session.ended, signal]);
      const { system } = session;
      const writer = openPacedWriter(
        (want, gone) => content.pacer.take({ system, priority: phase.priority }, want, gone),
        (bytes) => rights.sent(phase.id, bytes),
        ended,
      );
      for (const ordinal of ordinalsOf(own)) {
        if (!(await rights.orderFor(system, order, manifest))) throw new SitewrightError("FORBIDDEN", "the order has ended");
        for (let left = chunkBytes; left > 0;) {
          const bytes = await writer.take(left);
          granted(system, bytes, phase.priority);
          left -= bytes;
        }
        tell(() => reader.chunk(ordinal));
      }
      tell(() => reader.end());
    } catch (error) {
      tell(() => reader.end(error));
    }
  }

  return {
    open: (request, reader) => time.reach(process, () => void serve(request, reader)),
  };
}

function rangesOf(chunks: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const ordinal of [...chunks].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === ordinal - 1) last[1] = ordinal;
    else ranges.push([ordinal, ordinal]);
  }
  return ranges;
}

function ordinalsOf(ranges: readonly [number, number][]): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
}
