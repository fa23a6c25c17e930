import { createPacer, type Pacer } from "../adapters/content/pacer.ts";
import { createNeighbours, type Neighbours } from "../adapters/neighbours/neighbours.ts";
import type { LineSpeeds } from "../app/addresses/line-speeds.ts";
import type { Log } from "../app/log.ts";
import type { Clock } from "../app/ports/clock.ts";
import type { ContentRights } from "../app/ports/content.ts";
import type { LiveView } from "../app/live/live-view.ts";
import type { Topic } from "../app/topic.ts";
import type { Hierarchy } from "../domain/sites/hierarchy.ts";
import type { LineUse } from "./state.ts";

export interface ContentDeps {
  hierarchy: () => Hierarchy | undefined;
  rights: ContentRights;
  lines: Pick<LineSpeeds, "carried">;
  lineUsed: Pick<Topic<LineUse>, "publish">;
  liveView: LiveView;
  /** Another coordinator may lead now: nothing is sent. Absent: never. */
  isPaused?: () => boolean;
  log: Log;
  clock: Clock;
  steady: Clock;
}

/** The path of content: the lines' pacer, and the neighbours to fetch from. */
export interface ContentParts {
  pacer: Pacer;
  neighbours: Neighbours;
  stop(): void;
}

export function wireContent({
  hierarchy,
  rights,
  lines,
  lineUsed,
  liveView,
  isPaused = () => false,
  log,
  clock,
  steady,
}: ContentDeps): ContentParts {
  const pacer = createPacer({ hierarchy, clock, used: lineUsed, carried: lines.carried, isClosed: isPaused });
  const neighbours = createNeighbours({ hierarchy, rights, clock: steady, log });
  const stop = liveView.subscribe(({ type }) => {
    if (type !== "address") return;
    pacer.refresh();
    neighbours.refresh();
  });
  return { pacer, neighbours, stop };
}
