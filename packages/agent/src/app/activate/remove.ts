import { mayOwn, SitewrightError, type Outcome } from "@sitewright/protocol";
import { removedFolder } from "../../domain/unit-state.ts";
import { dropStaging } from "../stage/stage.ts";
import type { UnitContext } from "../unit/context.ts";
import { numbered, rootFor } from "../unit/order-tools.ts";
import { discardQuietly, servedState } from "../unit/state.ts";
import { carrySwitch } from "./switch-generation.ts";
import type { PendingSwitch } from "../ports/stores.ts";

type RemoveContext = UnitContext<"remove">;

/** Moves the owned paths away and deletes them, with everything that is kept of the unit. Folders around them stay. */
export async function remove(context: RemoveContext): Promise<Outcome> {
  const { services, order } = context;
  const { owned } = order.task;
  for (const path of owned) {
    if (!mayOwn(order.unit, path))
      throw new SitewrightError("NOT_OWNED", `${order.unit.name} may not own the ${path.kind} ${path.path}`, { path: path.path });
  }
  const root = await rootFor(services, servedState(services, order.unit), owned);
  services.switcher.prepare(removal(context, root)); // before what is staged is removed
  await dropStaging(services, order.unit);
  return { kind: "removed", files: await carrySwitch(services, servedState(services, order.unit), removal(context, root)) };
}

function removal({ services, order }: RemoveContext, root: string): PendingSwitch {
  const folder = removedFolder(order.unit, order.generation);
  void discardQuietly(services, root, folder); // of an attempt that was taken back
  const rows = services.switcher.survey(root, folder, numbered(order.task.owned)).map((row) => ({ ...row, in: undefined }));
  const { live: _, previous: __, ...rest } = servedState(services, order.unit);
  return { root, folder, keepAt: `${folder}.out`, rows, after: { ...rest, root, retained: [] } };
}
