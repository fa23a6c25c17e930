import type { Phase, Run } from "../runs/run.ts";
import { mapSliced } from "../slices.ts";
import type { Address } from "../sites/hierarchy.ts";
import { byLine } from "./by-line.ts";
import { courseOf, type Course, type Item } from "./course.ts";
import type { AddressForecast, Forecast } from "./forecast.ts";
import { weigher, worksOf } from "./works.ts";

/**
 * How service was restored by a run that has ended, for all of it and by line; undefined: it had nothing to stage. Yields periodically.
 * @param pathTo Lines to a system, its own one first.
 */
export function* restoredBy(
  run: Pick<Run, "id" | "createdAt" | "endedAt">,
  phases: readonly Phase[],
  pathTo: (system: string) => readonly Address[],
): Generator<void, Forecast | undefined> {
  const works = yield* worksOf(phases, new Map([[run.id, run]]));
  if (works.length === 0) return undefined;
  const weightOf = yield* weigher(works);
  const items = yield* mapSliced(works, ({ phase, servedAt }) => {
    const item: Item = { weight: weightOf(phase), wireBytes: 0 };
    return { phase, item: servedAt === undefined ? item : { ...item, servedAt } };
  });
  const addresses: AddressForecast[] = [];
  for (const { facts, own } of yield* byLine(items, pathTo))
    addresses.push({ ...facts, ...(yield* courseTaken(yield* mapSliced(own, ({ item }) => item), run.createdAt)) });
  const total = yield* courseTaken(yield* mapSliced(items, ({ item }) => item), run.createdAt);
  return { madeAt: run.endedAt ?? run.createdAt, total, addresses, away: [] };
}

/** It has an end only where all was served. */
function* courseTaken(items: readonly Item[], since: number): Generator<void, Course> {
  const { endsAt, ...course } = yield* courseOf(items, since);
  const isWhole = items.every(({ servedAt }) => servedAt !== undefined);
  return isWhole && endsAt !== undefined ? { ...course, endsAt } : course;
}
