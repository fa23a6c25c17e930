import { unitKey, type Digest } from "@sitewright/protocol";
import { windowAdmits } from "../../domain/runs/wait-reason.ts";
import type { Phase } from "../../domain/runs/run.ts";
import type { Board } from "../runs/board.ts";
import type { Fleet } from "./fleet.ts";
import type { MeasuredRates } from "../addresses/measured-rates.ts";
import type { Clock } from "../ports/clock.ts";
import type { ContentRights } from "../ports/content.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { Topic } from "../topic.ts";

export interface ContentRightsDeps {
  board: Pick<Board, "get" | "ofSystem" | "sent">;
  measured: Pick<MeasuredRates, "sent">;
  fleet: Pick<Fleet, "held" | "heldUnit">;
  site: Pick<SiteView, "pathTo">;
  clock: Clock;
  contentSent: Pick<Topic<number>, "publish">;
}

/** A manifest has the digest of each of its chunks. */
const DIGEST_BYTES = 32;

/**
 * An agent may fetch what an open order of its own names. A phase that returned to the backlog after its agent had begun counts too: the
 * agent continues, the pacer of its address decides what is sent, and the phase is released again.
 */
export function createContentRights({ board, measured, fleet, site, clock, contentSent }: ContentRightsDeps): ContentRights {
  function openOrder(system: string, manifest: Digest): Phase | undefined {
    return board.ofSystem(system).find((phase) => phase.manifest === manifest && isOut(phase));
  }

  return {
    async orderFor(system, orderId, manifest) {
      const phase = board.get(orderId);
      return phase?.system === system && phase.manifest === manifest && isOut(phase) ? phase : undefined;
    },
    sent(orderId, bytes) {
      contentSent.publish(bytes);
      board.sent(orderId, bytes);
      const phase = board.get(orderId);
      if (phase) measured.sent(site.pathTo(phase.system)[0]?.key, bytes);
    },
    ordered(system, manifest) {
      const phase = openOrder(system, manifest);
      if (!phase) return undefined;
      const { reusedBytes = 0, fetchedBytes = 0 } = phase.progress ?? {};
      return {
        mostChunks: Math.floor(phase.manifestBytes / DIGEST_BYTES),
        moved: phase.wireBytes + reusedBytes + fetchedBytes,
        isLineOpen: windowAdmits(phase, site.pathTo(system), clock()),
      };
    },
    basesFor(system, asked) {
      const held = new Set(fleet.held(system).flatMap(({ live, staged }) => [live?.manifest, staged?.manifest]));
      return asked.filter((base) => held.has(base) || openOrder(system, base) !== undefined);
    },
    isHeld(system, unit, manifest) {
      const held = fleet.heldUnit(system, unitKey(unit));
      return held?.live?.manifest === manifest || held?.staged?.manifest === manifest;
    },
  };
}

function isOut({ state, startedAt }: Phase): boolean {
  return state !== "waiting" || startedAt !== undefined;
}
