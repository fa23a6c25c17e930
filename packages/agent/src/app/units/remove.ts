import { mayOwn, SitewrightError, type Order, type Outcome } from "@sitewright/protocol";
import { removedFolder } from "../../domain/unit-state.ts";
import { dropStaging } from "./stage.ts";
import { discardQuietly, numbered, rootFor, servedState } from "./order-tools.ts";
import { carrySwitch } from "./switch-generation.ts";
import type { PendingSwitch, Site } from "./unit-ports.ts";

type RemoveOrder = Order & { task: { kind: "remove" } };

/** Takes the owned paths away and deletes them, with all that is kept of the unit. Folders around them stay. */
export async function remove(site: Site, order: RemoveOrder): Promise<Outcome> {
  const { owned } = order.task;
  for (const path of owned) {
    if (!mayOwn(order.unit, path))
      throw new SitewrightError("NOT_OWNED", `${order.unit.name} may not own the ${path.kind} ${path.path}`, { path: path.path });
  }
  const root = await rootFor(site, servedState(site, order), owned);
  site.switcher.prepare(removal(site, order, root)); // before what is staged goes
  await dropStaging(site, order.unit);
  return { kind: "removed", files: await carrySwitch(site, servedState(site, order), removal(site, order, root)) };
}

function removal(site: Site, order: RemoveOrder, root: string): PendingSwitch {
  const folder = removedFolder(order.unit, order.generation);
  void discardQuietly(site, root, folder); // of an attempt that was taken back
  const rows = site.switcher.survey(root, folder, numbered(order.task.owned)).map((row) => ({ ...row, in: undefined }));
  const { live: _, previous: __, ...rest } = servedState(site, order);
  return { root, folder, keepAt: `${folder}.out`, rows, after: { ...rest, root, retained: [] } };
}
