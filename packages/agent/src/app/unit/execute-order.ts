import {
  compareGenerations,
  formatGeneration,
  isPlausibleGeneration,
  isUnitName,
  SitewrightError,
  unitKey,
  type Order,
  type Outcome,
} from "@sitewright/protocol";
import { activate } from "../activate/activate.ts";
import { estimate } from "../inspect/estimate.ts";
import { failedOutcome, roleNotServed } from "./order-tools.ts";
import type { OrderContext, OrderExecutor } from "../ports/content.ts";
import { remove } from "../activate/remove.ts";
import { stage } from "../stage/stage.ts";
import { settleSwitch } from "../activate/switch-generation.ts";
import { update } from "./state.ts";
import { undo } from "../activate/undo.ts";
import type { UnitServices } from "../ports/stores.ts";
import type { Services } from "./context.ts";
import { verify } from "../inspect/verify.ts";

/** Carries out an order that may be carried out here and now; an error that it throws is the outcome. */
export type CarryOut<Kept extends UnitServices> = (services: Kept, order: Order, context: OrderContext) => Promise<Outcome> | Outcome;

export function createOrderExecutor(services: Services, ended: () => void): OrderExecutor {
  return createFencedExecutor(services, run, ended);
}

/**
 * Refuses what must not be carried out: units and roles that are not served here, absent disks, and generations lower than one known.
 * @param ended Called after each order: a grace time may have begun, or a switch may be unfinished.
 */
export function createFencedExecutor<Kept extends UnitServices>(
  services: Kept,
  carryOut: CarryOut<Kept>,
  ended: () => void,
): OrderExecutor {
  return {
    async execute(order, context) {
      try {
        const { role, name } = order.unit;
        if (!isUnitName(role, name)) throw new SitewrightError("NOT_OWNED", `${JSON.stringify(name)} is no name of a ${role} unit`);
        if (!services.roots.some((root) => root.role === role)) throw roleNotServed(role);
        requireRoots(services, order);
        if (!changesUnit(order)) return await carryOut(services, order, context);
        settleSwitch(services, order.unit);
        return fence(services, order) ?? (await carryOut(services, order, context));
      } catch (error) {
        if (context.signal.aborted)
          return failedOutcome(new SitewrightError("CANCELLED", `the order for ${unitKey(order.unit)} was cancelled`, { cause: error }));
        return failedOutcome(error);
      } finally {
        ended();
      }
    },
  };
}

/**
 * Throws `ROOT_AWAY` unless the disk that holds the unit is present. For an unknown unit all disks of its role have to be: it may be on an
 * absent one.
 */
function requireRoots({ roots: served, units, presence }: UnitServices, { unit }: Order): void {
  const roots = served.filter((root) => root.role === unit.role).map((root) => root.path);
  const known = units.read(unit).root;
  for (const root of known !== undefined && roots.includes(known) ? [known] : roots) presence.require(root);
}

function changesUnit(order: Order): boolean {
  return order.task.kind !== "verify" && order.task.kind !== "estimate";
}

/** Refuses what is older than any generation known; a newer one is stored before any work. */
function fence(services: UnitServices, order: Order): Outcome | undefined {
  const state = services.units.read(order.unit);
  if (!isPlausibleGeneration(order.generation)) {
    throw new SitewrightError(
      "GENERATION_IMPLAUSIBLE",
      `the order is numbered ${formatGeneration(order.generation)}, above which no order would be possible: it was refused`,
    );
  }
  // One that an earlier version accepted.
  const highest = state.highest && isPlausibleGeneration(state.highest) ? state.highest : undefined;
  const step = highest ? compareGenerations(order.generation, highest) : 1;
  if (highest && step < 0) {
    const message = `${order.unit.name} is at generation ${formatGeneration(highest)} here; an order at ${formatGeneration(order.generation)} comes too late`;
    return { ...failedOutcome(new SitewrightError("STALE_GENERATION", message)), held: highest };
  }
  if (step > 0) update(services, order.unit, (before) => ({ ...before, highest: order.generation }));
  return undefined;
}

function run(services: Services, order: Order, context: OrderContext): Promise<Outcome> | Outcome {
  const { task } = order;
  switch (task.kind) {
    case "stage":
      return stage({ ...context, services, order: { ...order, task } });
    case "activate":
      return activate({ ...context, services, order: { ...order, task } });
    case "undo":
      return undo({ ...context, services, order: { ...order, task } });
    case "remove":
      return remove({ ...context, services, order: { ...order, task } });
    case "verify":
      return verify({ ...context, services, order: { ...order, task } });
    case "estimate":
      return estimate({ ...context, services, order: { ...order, task } });
  }
}
