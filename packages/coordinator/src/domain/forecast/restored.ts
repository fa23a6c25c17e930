import type { Phase, Run } from "../runs/run.ts";
import { mapSliced } from "../slices.ts";
import { courseOf, type Course, type Item } from "./course.ts";
import { weigher, worksOf } from "./works.ts";

/** How service was restored by a run that has ended; undefined: it had nothing to stage. Yields periodically. */
export function* restoredBy(run: Pick<Run, "id" | "createdAt">, phases: readonly Phase[]): Generator<void, Course | undefined> {
  const works = yield* worksOf(phases, new Map([[run.id, run]]));
  if (works.length === 0) return undefined;
  const weightOf = yield* weigher(works);
  const items = yield* mapSliced(works, ({ phase, servedAt }): Item => {
    const item = { weight: weightOf(phase), wireBytes: 0 };
    return servedAt === undefined ? item : { ...item, servedAt };
  });
  const { endsAt, ...course } = yield* courseOf(items, run.createdAt);
  const isWhole = items.every(({ servedAt }) => servedAt !== undefined);
  return isWhole && endsAt !== undefined ? { ...course, endsAt } : course;
}
