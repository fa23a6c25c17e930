import { unitKey } from "@sitewright/protocol";
import type { Board } from "./board.ts";
import type { Fleet } from "./fleet.ts";
import type { MeasuredRates } from "./measured-rates.ts";
import type { ContentRights } from "./ports.ts";

/**
 * An agent may fetch what an open order of its own names. A phase that went back to the backlog after its agent had begun counts
 * too: the agent works on, its address's pacer decides what moves, and the phase is released again.
 */
export function createContentRights(board: Board, measured: Pick<MeasuredRates, "sent">, fleet: Pick<Fleet, "held">): ContentRights {
  return {
    async orderFor(system, orderId, manifest) {
      const phase = board.get(orderId);
      if (!phase || phase.system !== system || phase.manifest !== manifest) return undefined;
      return phase.state === "waiting" && phase.startedAt === undefined ? undefined : phase;
    },
    sent(orderId, bytes) {
      board.sent(orderId, bytes);
      const phase = board.get(orderId);
      if (phase) measured.sent(phase.address, bytes);
    },
    isHeld(system, unit, manifest) {
      const key = unitKey(unit);
      const held = fleet.held(system).find((one) => unitKey(one.unit) === key);
      return held?.live?.manifest === manifest || held?.staged?.manifest === manifest;
    },
  };
}
