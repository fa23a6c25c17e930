import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test-support/temporary-folder.ts";
import { probeRoot, requireFit } from "./root-probe.ts";

test("a file system that keeps all that rebuilds rely on is fit, and the probe leaves nothing behind, nor what an earlier one left", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, ".sitewright-probe-killed"));
  writeFileSync(join(root, ".sitewright-probe-killed/file"), "");
  mkdirSync(join(root, "ABC00001"));
  expect(probeRoot(root).unfit).toEqual([]);
  expect(requireFit(root)).toEqual(
    probeRoot(root).warnings.map((what) => expect.stringMatching(new RegExp(`^the role root ${root} \\([\\w.]+\\): ${what}`))),
  );
  expect(readdirSync(root)).toEqual(["ABC00001"]);
});

test("a file system that cannot exchange two folders in one step is warned of by name", () => {
  const root = temporaryFolder();
  const refuse = (): void => {
    throw Object.assign(new Error("EINVAL: renameat2"), { code: "EINVAL" });
  };
  expect(probeRoot(root, refuse)).toEqual({
    unfit: [],
    warnings: [expect.stringMatching(/^it cannot exchange two folders in one step: clients may miss/)],
  });
  expect(probeRoot(root).warnings).toEqual([]);
});

test("a root that cannot be written at all is told as that, and not as unfit", () => {
  const root = join(temporaryFolder(), "gone");
  expect(() => requireFit(root)).toThrow(expect.objectContaining({ code: "IO_ERROR", path: expect.stringContaining(root) as string }));
});
