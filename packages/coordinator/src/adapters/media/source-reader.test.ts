import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openSourceReader } from "./source-reader.ts";

const CHUNK = [{ size: 1, digest: "00".repeat(32) }];

test.runIf(process.platform === "linux")(
  "a source that the disk does not give is named with what the system says, and did not change",
  () => {
    // Nothing is mapped at its beginning.
    const reader = openSourceReader({ root: "/proc", owned: [{ path: "ABC00001", source: "self" }] });
    expect(() => reader.read("ABC00001/mem", 0, CHUNK)).toThrow(
      expect.objectContaining({
        code: "DISK_FAILING",
        path: "/proc/self/mem",
        message: expect.stringContaining("look into the system's log"),
      }),
    );
    reader.close();
  },
);

test("a source in whose place there is a folder, or nothing, changed", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "source/file"), { recursive: true });
  const reader = openSourceReader({ root, owned: [{ path: "ABC00001", source: "source" }] });
  for (const path of ["file", "none"])
    expect(() => reader.read(`ABC00001/${path}`, 0, CHUNK)).toThrow(expect.objectContaining({ code: "SOURCE_CHANGED" }));
  reader.close();
});
