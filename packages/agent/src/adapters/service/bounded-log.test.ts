import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { expect, test } from "vitest";
import { openBoundedLog } from "./bounded-log.ts";

test("a log continues where it ended, and of what exceeds its limit only the latest remains, in two files", () => {
  const folder = temporaryFolder();
  const path = join(folder, "agent.log");
  writeFileSync(path, "before\n");
  const log = openBoundedLog(path, 20);
  for (let line = 1; line <= 9; line++) log.write(`line ${line}\n`);
  log.close();
  expect(readdirSync(folder).toSorted()).toEqual(["agent.log", "agent.log.1"]);
  expect(readFileSync(`${path}.1`, "utf8")).toBe("line 6\nline 7\nline 8\n");
  expect(readFileSync(path, "utf8")).toBe("line 9\n");
});
