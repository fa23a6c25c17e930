import { mayOwn, SitewrightError, type Order, type Outcome } from "@sitewright/protocol";
import { removedFolder } from "../../domain/unit-state.ts";
import { dropStaging } from "./stage.ts";
import { numbered, rootFor, servedState } from "./order-tools.ts";
import { endSwitch } from "./switch-generation.ts";
import type { Site } from "./unit-ports.ts";

type RemoveOrder = Order & { task: { kind: "remove" } };

/** Takes the owned paths away and deletes them, with all that is kept of the unit. Folders around them stay. */
export async function remove(site: Site, order: RemoveOrder): Promise<Outcome> {
  const { owned } = order.task;
  for (const path of owned) {
    if (!mayOwn(order.unit, path))
      throw new SitewrightError("NOT_OWNED", `${order.unit.name} may not own the ${path.kind} ${path.path}`, { path: path.path });
  }
  const root = await rootFor(site, servedState(site, order), owned);
  await dropStaging(site, order.unit);
  const before = servedState(site, order);
  const folder = removedFolder(order.unit, order.generation);
  const rows = site.switcher.survey(root, folder, numbered(owned)).map((row) => ({ ...row, in: undefined }));
  const { live: _, previous: __, ...rest } = before;
  const pending = { root, folder, keepAt: `${folder}.out`, rows, after: { ...rest, root, retained: [] } };
  site.units.beginSwitch(order.unit, pending);
  return { kind: "removed", files: await endSwitch(site, before, pending) };
}
