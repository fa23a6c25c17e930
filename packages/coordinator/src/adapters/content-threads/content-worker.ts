import { parentPort, workerData } from "node:worker_threads";
import { SitewrightError, type Ranges } from "@sitewright/protocol";
import { openIndexDatabase } from "../content-index/tables/index-database.ts";
import type { ContentCall, ContentNotice, ContentReply, ContentRequest, ContentWorkerSetup, FilledSlot } from "./messages.ts";
import { openManifestParts, type ManifestParts } from "./manifest-parts.ts";
import { packedCache, type PackedCache } from "./packed-cache.ts";
import { packingEffort, type PackingEffort } from "./packing-effort.ts";
import { tableCache } from "./table-cache.ts";
import type { Packing } from "../../domain/lines/packing.ts";
import { createAsked } from "./asked.ts";
import { createFrameFiller, type Served } from "./frame-filler.ts";
import { openSourceFiles } from "./source-files.ts";

const setup = workerData as ContentWorkerSetup;
const tables = tableCache(setup.dataDir, openIndexDatabase(setup.dataDir), setup.tableCache);
const packing = { cache: packedCache(setup.packedCache), effort: packingEffort() };
const port = parentPort;
if (!port) throw new Error("this file runs in a worker: the content threads start it");

const streams = new Map<number, WorkerStream>();
const manifests = new Map<number, ManifestParts>();

async function answer(request: ContentCall): Promise<unknown> {
  switch (request.kind) {
    case "open": {
      const served = await tables.take(request.digest);
      if (!served) return undefined;
      streams.set(request.id, openStream(setup.root, served, request.slots, packing));
      return served.table.lengths.length;
    }
    case "fill": {
      const stream = streams.get(request.id);
      const filled: FilledSlot = (await stream?.fill(request.slot, request.packing)) ?? { bytes: 0, failed: false, taken: 0 };
      // The table may be outdated: the next stream gets a new one.
      if (filled.failed && stream) tables.forget(stream.served.digest);
      return filled;
    }
    case "open-manifest": {
      const parts = await openManifestParts(setup.dataDir, request.digest, request.bases, request.from);
      if (!parts) return undefined;
      manifests.set(request.id, parts);
      return parts.base ?? null;
    }
    case "part":
      return manifests.get(request.id)?.next();
  }
}

function take(notice: ContentNotice): void {
  switch (notice.kind) {
    case "ask":
      return streams.get(notice.id)?.ask(notice.ranges);
    case "close": {
      const stream = streams.get(notice.id);
      stream?.close();
      if (stream) tables.giveBack(stream.served);
      manifests.get(notice.id)?.close();
      streams.delete(notice.id);
      manifests.delete(notice.id);
      return;
    }
    case "renew":
      tables.forget(notice.digest);
      return tables.prepare(notice.digest);
  }
}

port.on("message", (message: ContentRequest) => {
  if (message === "end") process.exit(); // ends this thread only
  if ("notice" in message) return take(message.notice);
  const { call, request } = message;
  const reply = (content: ContentReply, moved: ArrayBuffer[] = []): void => port.postMessage(content, moved);
  answer(request).then(
    // A part of a manifest is transferred, not copied.
    (value) => reply({ call, value }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []),
    (error: unknown) => {
      const { code, message: why, path } = SitewrightError.from(error);
      reply({ call, failed: { code, message: why, path } });
    },
  );
});

/** A stream in its thread. */
interface WorkerStream {
  served: Served;
  ask(ranges: Ranges): void;
  /** Waits for a request; empty once the stream was closed. */
  fill(slot: number, packing: Packing): Promise<FilledSlot>;
  close(): void;
}

function openStream(
  root: string,
  served: Served,
  slots: SharedArrayBuffer[],
  { cache, effort }: { cache: PackedCache; effort: PackingEffort },
): WorkerStream {
  const asked = createAsked();
  const files = openSourceFiles(root, served.table);
  const filler = createFrameFiller({ served, asked, files, cache, effort });
  const views = slots.map((slot) => new Uint8Array(slot));
  let closed = false;
  let wake: (() => void) | undefined;

  return {
    served,
    ask(ranges) {
      asked.add(ranges);
      wake?.();
    },
    async fill(slot, packing) {
      while (!closed && asked.next() === undefined) await new Promise<void>((resolve) => (wake = resolve));
      const view = views[slot];
      if (closed || !view) return { bytes: 0, failed: false, taken: 0 };
      return { ...filler.fill(view, packing), taken: asked.taken() };
    },
    close() {
      closed = true;
      files.close();
      wake?.();
    },
  };
}
