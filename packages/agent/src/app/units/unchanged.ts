import type { Digest } from "@sitewright/protocol";
import type { UnitState } from "../../domain/unit-state.ts";
import type { OrderContext } from "../ports.ts";
import type { Site } from "./unit-ports.ts";

/** Whether the live tree is what the manifest says, so that there is nothing to stage. */
export function liveIsWanted(_site: Site, _state: UnitState, _manifest: Digest, _context: OrderContext): Promise<boolean> {
  return Promise.resolve(false);
}
