import type { FileEntry } from "@sitewright/protocol";
import { expect, test } from "vitest";
import type { FetchStep } from "../tree/rebuild-plan.ts";
import { createSpanQueue } from "./span-queue.ts";

let ordinal = 0;

/** The steps of one file, with chunks of these sizes. */
function stepsOf(path: string, ...sizes: number[]): FetchStep[] {
  const file: FileEntry = {
    kind: "file",
    path,
    mode: 0o644,
    size: sizes.reduce((sum, size) => sum + size, 0),
    modified: 0,
    chunks: sizes.map((size, i) => ({ digest: `${path}${i}`, size })),
  };
  let offset = 0;
  return file.chunks.map((chunk) => {
    const step: FetchStep = { kind: "fetch", chunk: { ...chunk, ordinal: ordinal++, file, offset }, places: [{ file, offset }] };
    offset += chunk.size;
    return step;
  });
}

const paths = (steps: readonly FetchStep[] | undefined) => steps?.map(({ chunk }) => chunk.file.path).join("");

test("spans have about the wanted size, and a smaller file is never split", () => {
  const queue = createSpanQueue();
  queue.add([...stepsOf("a", 60), ...stepsOf("b", 30, 30, 30), ...stepsOf("c", 50)]);
  queue.add(stepsOf("d", 100, 100, 100));
  expect(queue.bytes()).toBe(500);
  const spans = Array.from({ length: 6 }, () => queue.take(100));
  expect(spans.map((span) => paths(span?.steps))).toEqual(["abbb", "cd", "d", "d", undefined, undefined]);
  expect(spans.map((span) => [...(span?.whole ?? [])].map(({ path }) => path).join(""))).toEqual(["ab", "c", "", "", "", ""]);
  expect([queue.bytes(), queue.steps()]).toEqual([0, 0]);
});

test("a span holds a bounded number of steps", () => {
  const queue = createSpanQueue();
  queue.add(Array.from({ length: 600 }, (_, i) => stepsOf(`f${i}`, 1)).flat());
  expect([queue.take(1e6), queue.take(1e6), queue.take(1e6)].map((span) => span?.steps.length)).toEqual([256, 256, 88]);
});

test("a returned span is next, and its files are still complete with it", () => {
  const queue = createSpanQueue();
  queue.add([...stepsOf("a", 50, 50), ...stepsOf("b", 100)]);
  const span = queue.take(100);
  queue.putBack({ steps: span?.steps.slice(1) ?? [], whole: span?.whole ?? new Set() });
  expect(queue.bytes()).toBe(150);
  const again = queue.take(100);
  expect([again?.steps.length, [...(again?.whole ?? [])].map(({ path }) => path)]).toEqual([1, ["a"]]);
  expect(paths(queue.take(100)?.steps)).toBe("b");
});

test("what is added later and precedes what waits is requested separately: a span ascends", () => {
  const queue = createSpanQueue();
  const [early, late] = [stepsOf("a", 30, 30), stepsOf("b", 30)];
  queue.add(late);
  queue.add(early);
  expect([paths(queue.take(1000)?.steps), paths(queue.take(1000)?.steps), queue.take(1000)]).toEqual(["b", "aa", undefined]);
});

test("a duplicate elsewhere counts as a piece of its own file", () => {
  const queue = createSpanQueue();
  const [step] = stepsOf("a", 10);
  const [copy] = stepsOf("b", 10);
  step?.places.push(...(copy?.places ?? []));
  queue.add(step ? [step] : []);
  expect([...(queue.take(100)?.whole ?? [])].map(({ path }) => path)).toEqual(["a", "b"]);
});
