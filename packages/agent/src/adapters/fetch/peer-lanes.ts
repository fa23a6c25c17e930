import type { Log } from "../../app/session/link-ports.ts";
import type { ContentJob } from "../../app/ports.ts";
import type { Span } from "../../domain/span-queue.ts";
import type { FetchPool } from "./fetch-pool.ts";
import type { StreamTarget } from "./messages.ts";
import { openPeerLane, type PeerLane, type PeerTimes } from "./peer-lane.ts";

/** All that one transfer fetches from neighbours. */
export type PeerLanes = PeerLane;

export interface PeerLanesEvents {
  /** The coordinator is to be asked for it; `direct`, where a neighbour failed. */
  back(span: Span): void;
  changed(): void;
}

export function openPeerLanes(
  { pool, log, target, times }: { pool: FetchPool; log: Log; target: Pick<StreamTarget, "root" | "fetch">; times: PeerTimes },
  job: ContentJob,
  events: PeerLanesEvents,
): PeerLanes {
  const lanes = new Map<string, PeerLane>();

  function open(system: string): PeerLane {
    return openPeerLane(pool, target, job.place, times, {
      progress: job.onProgress,
      back: ({ steps, whole }, failed) => events.back({ steps, whole, ...(failed ? { direct: true } : {}) }),
      changed(error) {
        if (error) log("info", `a neighbour did not bring content, the coordinator is asked for it: ${error.message}`, { peer: system });
        events.changed();
      },
    });
  }

  return {
    add(span, offer) {
      const lane = lanes.get(offer.system) ?? open(offer.system);
      lanes.set(offer.system, lane);
      lane.add(span, offer);
    },
    bytes: () => sum(lanes, (lane) => lane.bytes()),
    isDone: () => [...lanes.values()].every((lane) => lane.isDone()),
    streams: () => sum(lanes, (lane) => lane.streams()),
    close() {
      for (const lane of lanes.values()) lane.close();
    },
  };
}

function sum(lanes: ReadonlyMap<string, PeerLane>, value: (lane: PeerLane) => number): number {
  let total = 0;
  for (const lane of lanes.values()) total += value(lane);
  return total;
}
