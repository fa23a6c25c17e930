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
import { activate } from "./activate.ts";
import { estimate } from "./estimate.ts";
import { failedOutcome } from "../failed-outcome.ts";
import type { OrderContext, OrderExecutor } from "../ports.ts";
import { remove } from "./remove.ts";
import { stage } from "./stage.ts";
import { settleSwitch } from "./switch-generation.ts";
import { undo } from "./undo.ts";
import type { Site } from "./unit-ports.ts";
import { verify } from "./verify.ts";

/** @param graceChanged Called when a grace time may have begun. */
export function createOrderExecutor(site: Site, graceChanged: () => void): OrderExecutor {
  return {
    async execute(order, context) {
      try {
        const { role, name } = order.unit;
        if (!isUnitName(role, name)) throw new SitewrightError("NOT_OWNED", `${JSON.stringify(name)} is no name of a ${role} unit`);
        if (!site.roots.some((root) => root.role === role)) {
          throw new SitewrightError(
            "ROLE_NOT_SERVED",
            `this agent has no root for the role ${role}, which ${name} needs: add one with: sitewright-agent root add ${role}=PATH, then start the agent again`,
          );
        }
        requireRoots(site, order);
        if (!changesUnit(order)) return await run(site, order, context);
        settleSwitch(site, order.unit);
        return fence(site, order) ?? (await run(site, order, context));
      } catch (error) {
        if (context.signal.aborted)
          return failedOutcome(new SitewrightError("CANCELLED", `the order for ${unitKey(order.unit)} was given up`, { cause: error }));
        return failedOutcome(error);
      } finally {
        graceChanged();
      }
    },
  };
}

/**
 * Throws `ROOT_AWAY` unless the disk is there that holds the unit. Of a unit that is not known yet all disks of its role have to be: it may
 * lie on the one that is away.
 */
function requireRoots(site: Site, { unit }: Order): void {
  const roots = site.roots.filter((root) => root.role === unit.role).map((root) => root.path);
  const known = site.units.read(unit).root;
  for (const root of known !== undefined && roots.includes(known) ? [known] : roots) site.presence.require(root);
}

function changesUnit(order: Order): boolean {
  return order.task.kind !== "verify" && order.task.kind !== "estimate";
}

/** Refuses what is older than anything heard of; what is newer is written down before any work. */
function fence(site: Site, order: Order): Outcome | undefined {
  const state = site.units.read(order.unit);
  if (!isPlausibleGeneration(order.generation)) {
    throw new SitewrightError(
      "GENERATION_IMPLAUSIBLE",
      `the order is numbered ${formatGeneration(order.generation)}, above which nothing could ever be ordered again: it was not taken`,
    );
  }
  // One that an earlier version took in good faith.
  const highest = state.highest && isPlausibleGeneration(state.highest) ? state.highest : undefined;
  const step = highest ? compareGenerations(order.generation, highest) : 1;
  if (highest && step < 0) {
    const message = `${order.unit.name} is at generation ${formatGeneration(highest)} here; an order at ${formatGeneration(order.generation)} comes too late`;
    return { ...failedOutcome(new SitewrightError("STALE_GENERATION", message)), held: highest };
  }
  if (step > 0) site.units.write({ ...state, highest: order.generation });
  return undefined;
}

function run(site: Site, order: Order, context: OrderContext): Promise<Outcome> | Outcome {
  const { task } = order;
  switch (task.kind) {
    case "stage":
      return stage(site, { ...order, task }, context);
    case "activate":
      return activate(site, { ...order, task }, context);
    case "undo":
      return undo(site, { ...order, task });
    case "remove":
      return remove(site, { ...order, task });
    case "verify":
      return verify(site, { ...order, task }, context);
    case "estimate":
      return estimate(site, { ...order, task }, context);
  }
}
