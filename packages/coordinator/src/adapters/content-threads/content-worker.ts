import { parentPort, workerData } from "node:worker_threads";
import { SitewrightError } from "@sitewright/protocol";
import { openIndexDatabase } from "../content-index/index-database.ts";
import type { ContentCall, ContentNotice, ContentReply, ContentRequest, ContentWorkerSetup, FilledSlot } from "./messages.ts";
import { openManifestParts, type ManifestParts } from "./manifest-parts.ts";
import { packedCache } from "./packed-cache.ts";
import { packingEffort } from "./packing-effort.ts";
import { openStream, type WorkerStream } from "./worker-stream.ts";
import { tableCache } from "./table-cache.ts";

const setup = workerData as ContentWorkerSetup;
const tables = tableCache(setup.dataDir, openIndexDatabase(setup.dataDir), setup.tableCache);
const packing = { cache: packedCache(setup.packedCache), effort: packingEffort() };
const port = parentPort;
if (!port) throw new Error("this file is a worker's: it is started by the content threads");

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
      // Perhaps the table is what is out of date: the next stream gets a new one.
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
  if ("notice" in message) return take(message.notice);
  const { call, request } = message;
  const reply = (content: ContentReply, moved: ArrayBuffer[] = []): void => port.postMessage(content, moved);
  answer(request).then(
    // A part of a manifest is not copied.
    (value) => reply({ call, value }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []),
    (error: unknown) => {
      const { code, message: why, path } = SitewrightError.from(error);
      reply({ call, failed: { code, message: why, path } });
    },
  );
});
