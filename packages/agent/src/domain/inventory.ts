import { compareGenerations, LIMITS, unitKey, type Generation, type Held } from "@sitewright/protocol";

/** One text for one inventory, whatever the order in which it was read: the input of its digest. */
export function canonicalInventory(held: readonly Held[]): string {
  return JSON.stringify(
    sortInventory(held).map(({ unit, highest, live, staged, previous, sourceVersion, content, highestVersion }) => [
      unitKey(unit),
      pair(highest),
      live ? [pair(live.generation), live.manifest] : null,
      staged ? [pair(staged.generation), staged.manifest] : null,
      previous,
      sourceVersion,
      content,
      // Inventories without one keep their digest.
      ...(highestVersion === undefined ? [] : [highestVersion]),
    ]),
  );
}

function sortInventory(held: readonly Held[]): Held[] {
  return held.toSorted((a, b) => (unitKey(a.unit) < unitKey(b.unit) ? -1 : 1));
}

/** Parts small enough for one message each; an empty inventory is one empty part. */
export function inventoryParts(held: readonly Held[]): Held[][] {
  const sorted = sortInventory(held);
  const parts = Array.from({ length: Math.ceil(sorted.length / LIMITS.inventoryPart) }, (_, i) =>
    sorted.slice(i * LIMITS.inventoryPart, (i + 1) * LIMITS.inventoryPart),
  );
  return parts.length > 0 ? parts : [[]];
}

/** The highest generation of all units, or undefined when none was ever ordered. */
export function highestGeneration(held: readonly Held[]): Generation | undefined {
  return held
    .map((one) => one.highest)
    .reduce((best, next) => (next && (!best || compareGenerations(next, best) > 0) ? next : best), undefined);
}

function pair(generation: Generation | undefined): [number, number] | null {
  return generation ? [generation.epoch, generation.counter] : null;
}
