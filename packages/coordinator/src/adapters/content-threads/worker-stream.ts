import type { Ranges } from "@sitewright/protocol";
import type { Packing } from "../../domain/packing.ts";
import { createAsked } from "./asked.ts";
import { createFrameFiller, type Served } from "./frame-filler.ts";
import type { FilledSlot } from "./messages.ts";
import type { PackedCache } from "./packed-cache.ts";
import type { PackingEffort } from "./packing-effort.ts";
import { openSourceFiles } from "./source-files.ts";

/** A stream as its thread sees it. */
export interface WorkerStream {
  served: Served;
  ask(ranges: Ranges): void;
  /** Waits until something is asked for; empty once the stream was closed. */
  fill(slot: number, packing: Packing): Promise<FilledSlot>;
  close(): void;
}

export function openStream(
  root: string,
  served: Served,
  slots: SharedArrayBuffer[],
  { cache, effort }: { cache: PackedCache; effort: PackingEffort },
): WorkerStream {
  const asked = createAsked();
  const files = openSourceFiles(root, served.table);
  const filler = createFrameFiller(served, asked, files, cache, effort);
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
