import { expect, test } from "vitest";
import { statedMode } from "../write-manifest.ts";
import { FaultList, read } from "./source-fault.ts";

function busy(): Error {
  return Object.assign(new Error("EBUSY: resource busy or locked, open 'a'"), { code: "EBUSY", syscall: "open" });
}

test("A source file that another program holds open for a moment is waited for", () => {
  const faults = new FaultList();
  let tries = 0;
  const content = read(faults, "pkg/a", () => {
    if (++tries < 3) throw busy();
    return "content";
  });
  expect([content, faults.count]).toEqual(["content", 0]);
});

test("Source files that stay in use are reported as in use, after one wait for all of them", () => {
  const faults = new FaultList(250);
  const tries = { a: 0, b: 0 };
  for (const name of ["a", "b"] as const)
    read(faults, name, () => {
      tries[name] += 1;
      throw busy();
    });
  expect(tries).toEqual({ a: 3, b: 1 });
  expect(() => faults.throwFor("ABC00001")).toThrow(
    expect.objectContaining({
      code: "SOURCE_UNREADABLE",
      path: "a",
      message: expect.stringMatching(/holds it open .*end that use/) as unknown,
    }),
  );
});

test("A source on Windows is stated with permissions under which other systems can serve it", () => {
  expect(statedMode("folder", 0o666, "win32")).toBe(0o755);
  expect(statedMode("folder", 0o444, "win32")).toBe(0o755);
  expect(statedMode("file", 0o666, "win32")).toBe(0o644);
  expect(statedMode("file", 0o444, "win32")).toBe(0o444);
  expect(statedMode("file", 0o640, "linux")).toBe(0o640);
});
