import { expect, test } from "vitest";
import { DEFAULT_OPTIONS, type Held } from "@sitewright/protocol";
import { heldBack, keptBack } from "./held-back.ts";

const describe = ({ name }: { name: string }) => ({ place: `packages/${name}`, file: `packages/${name}/package.yaml` });

const content = (letter: string, scheme = 2): string => `${scheme}-${letter.repeat(64)}`;

function held(change: Partial<Held> = {}): Held {
  return {
    unit: { role: "dp", name: "ABC00001" },
    live: { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) },
    previous: false,
    sourceVersion: 2,
    content: content("c"),
    ...change,
  };
}

const wanted = (sourceVersion: number, of?: string) => ({
  system: "SRV1",
  unit: { role: "dp" as const, name: "ABC00001" },
  sourceVersion,
  manifest: "b".repeat(64),
  ...(of === undefined ? {} : { content: of }),
});

test("a version below the one that a system holds is held back, with advice", () => {
  const error = heldBack(held(), wanted(1), describe);
  expect(error).toMatchObject({ code: "NEWER_VERSION_HELD", path: "packages/ABC00001/package.yaml" });
  for (const words of [
    "SRV1 holds version 2",
    "states sourceVersion 1",
    "write 3 or more",
    "sitewright rebuild --package ABC00001 --accept-older",
  ])
    expect(error?.message).toContain(words);
});

test("a unit without a version does not replace a version, unless nothing would change", () => {
  expect(heldBack(held(), wanted(0), describe)?.code).toBe("NEWER_VERSION_HELD");
  expect(heldBack(held(), { ...wanted(0), manifest: "a".repeat(64) }, describe)).toBeUndefined();
});

test("other content under the version that a system holds is held back, the same content is not", () => {
  expect(heldBack(held(), wanted(2, content("d")), describe)?.code).toBe("OTHER_CONTENT_HELD");
  // Other times or modes give another manifest of the same content.
  expect(heldBack(held(), wanted(2, content("c")), describe)).toBeUndefined();
});

test("content ids of different methods are not compared, nor are unknown ones", () => {
  expect(heldBack(held(), wanted(2, content("d", 3)), describe)).toBeUndefined();
  expect(heldBack(held(), wanted(2), describe)).toBeUndefined();
  const { content: _, ...unnamed } = held();
  expect(heldBack(unnamed, wanted(2, content("d")), describe)).toBeUndefined();
});

test.for<[what: string, held: Held | undefined]>([
  ["nothing", undefined],
  ["a unit without a version", held({ sourceVersion: 0 })],
  ["an older version", held({ sourceVersion: 1 })],
  ["only the memory of a unit", { unit: { role: "dp", name: "ABC00001" }, previous: false, sourceVersion: 9 }],
])("a system that holds %s is sent what the site data have", ([, what]) => {
  expect(heldBack(what, wanted(2), describe)).toBeUndefined();
});

test("a refresh leaves a copy of an earlier version as it is and names the verb for it; no other kind of run does", () => {
  const run = (kind: "refresh" | "redistribute" | "update", acceptOlder = false) => ({
    kind,
    options: { ...DEFAULT_OPTIONS, acceptOlder },
  });
  for (const accepted of [false, true]) {
    const error = keptBack(run("refresh", accepted), held(), wanted(3), describe);
    expect(error).toMatchObject({ code: "OLDER_VERSION_HELD", path: "packages/ABC00001/package.yaml" });
    expect(error?.message).toMatch(/^SRV1 holds version 2 of ABC00001, and .* states 3: .*'sitewright update --package ABC00001'/);
  }
  expect(keptBack(run("refresh"), held({ sourceVersion: 0 }), wanted(3), describe)?.message).toMatch(/holds a copy without a version/);
  for (const copy of [held({ sourceVersion: 3 }), undefined]) expect(keptBack(run("refresh"), copy, wanted(3), describe)).toBeUndefined();
  for (const kind of ["redistribute", "update"] as const) expect(keptBack(run(kind), held(), wanted(3), describe)).toBeUndefined();
});

test("every kind of run keeps back what would replace a newer version, unless a person accepts that", () => {
  const run = { kind: "redistribute" as const, options: DEFAULT_OPTIONS };
  expect(keptBack(run, held(), wanted(1), describe)?.code).toBe("NEWER_VERSION_HELD");
  expect(keptBack({ ...run, options: { ...DEFAULT_OPTIONS, acceptOlder: true } }, held(), wanted(1), describe)).toBeUndefined();
});
