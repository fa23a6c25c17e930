import type { Log } from "../../app/ports/link.ts";
import type { FetchProgress } from "../../app/ports/content.ts";
import type { Span } from "../../domain/chunks/span-queue.ts";
import { openPeerLane, type PeerLane, type PeerLaneTools } from "./peer-lane.ts";

export interface PeerLanesTools extends PeerLaneTools {
  log: Log;
}

export interface PeerLanesEvents {
  progress(progress: FetchProgress): void;
  /** Chunks to request from the coordinator; with `failed`, if a neighbour failed. */
  back(span: Span): void;
  changed(): void;
}

/** All lanes of one transfer, one per neighbour, behind the interface of one lane. */
export function openPeerLanes({ log, ...tools }: PeerLanesTools, events: PeerLanesEvents): PeerLane {
  const lanes = new Map<string, PeerLane>();

  function open(system: string): PeerLane {
    return openPeerLane(tools, {
      progress: events.progress,
      back: ({ steps, whole }, failed) => events.back({ steps, whole, ...(failed ? { failed: system } : {}) }),
      changed(error) {
        if (error)
          log("info", `a neighbour did not deliver content, it is requested from the coordinator: ${error.message}`, { peer: system });
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
