import { readFileSync, readlinkSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release } from "../../../test-support/disk-fixture.ts";

const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/sub/b": "beta" });

test("Verify names what is missing, extra, damaged or of other permissions, and changes nothing", async () => {
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, {
    "ABC00001/a": "alpha",
    "ABC00001/b": "beta",
    "ABC00001/c": "gamma",
    "ABC00001/d": { content: "delta", mode: 0o755 },
    "ABC00001/l": "->a",
  });
  expect(await site.verify(made)).toMatchObject({ right: false, absent: true });
  site.write("dp", { "ABC00001/a": "alphX", "ABC00001/c": "gamma", "ABC00001/d": "delta", "ABC00001/e": "extra" });
  symlinkSync("c", site.path("dp", "ABC00001/l"));
  expect(await site.verify(made, true)).toMatchObject({
    kind: "verified",
    right: false,
    absent: false,
    deviationCount: 5,
    deviations: expect.arrayContaining([
      { kind: "damaged", path: "ABC00001/a" },
      { kind: "missing", path: "ABC00001/b" },
      { kind: "rights", path: "ABC00001/d" },
      { kind: "extra", path: "ABC00001/e" },
      { kind: "damaged", path: "ABC00001/l" },
    ]) as unknown,
  });
  expect(readlinkSync(site.path("dp", "ABC00001/l"))).toBe("c");
  await site.stage(made, 1);
  await site.activate(PACKAGE, 1);
  expect(await site.verify(MADE)).toMatchObject({ right: false, stale: true });
});

test("A changed byte in the live tree is found although nothing else about the file changed", async () => {
  await using site = await openFixture();
  await site.stage(MADE, 1);
  await site.activate(PACKAGE, 1);
  const { mtimeMs } = statSync(site.path("dp", "ABC00001/a"));
  writeFileSync(site.path("dp", "ABC00001/a"), "alphA");
  utimesSync(site.path("dp", "ABC00001/a"), mtimeMs / 1000, mtimeMs / 1000);
  expect(await site.verify(MADE)).toMatchObject({ right: false, deviations: [{ kind: "damaged", path: "ABC00001/a" }] });
});

test("An estimate counts local content, also in staging, and states the age of its knowledge", async () => {
  await using site = await openFixture();
  site.write("dp", { "ABC00001/a": "alpha" });
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/b": "beta", "ABC00001/c": "beta", "ABC00001/d": "d" });
  site.offer(made);
  const task = { kind: "estimate", manifest: made.digest, manifestBytes: made.bytes.length } as const;
  expect(await site.order(PACKAGE, 1, task)).toMatchObject({ kind: "estimated", files: 4, sourceBytes: 14, presentBytes: 9 });
  await site.stage(made, 1);
  expect(await site.order(PACKAGE, 1, task)).toMatchObject({
    presentBytes: 14,
    indexAgeMs: expect.toSatisfy((age: number) => age >= 0 && age < 20_000) as unknown,
  });
  expect(readFileSync(site.path("dp", "ABC00001/a"), "utf8")).toBe("alpha");
});

test("An estimate during which the clock is set back states no age below zero", async () => {
  await using site = await openFixture();
  site.offer(MADE);
  const real = Date.now;
  let looks = 0;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => real() - 3_600_000 * looks++);
  onTestFinished(() => clock.mockRestore());
  const task = { kind: "estimate", manifest: MADE.digest, manifestBytes: MADE.bytes.length } as const;
  expect(await site.order(PACKAGE, 1, task)).toMatchObject({ kind: "estimated", indexAgeMs: 0 });
});
