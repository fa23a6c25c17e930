import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIMITS } from "@sitewright/protocol";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openLogStore } from "./log-store.ts";

const line = (order: string | undefined, msg: string) => `${JSON.stringify({ level: 30, time: 1, order, msg })}\n`;

test("lines are found by their order, oldest first, also after a restart", () => {
  const folder = temporaryFolder();
  const first = openLogStore(folder);
  first.append(line("o1", "begins"));
  first.append(line("o2", "begins"));
  first.append(line(undefined, "connected"));
  first.append(line("o1", "done"));
  first.close();
  const second = openLogStore(folder);
  expect(second.find("o1", 10)).toEqual([line("o1", "begins").trim(), line("o1", "done").trim()]);
  expect(second.find("o1", 1)).toEqual([line("o1", "done").trim()]);
  expect(second.find("", 10)).toHaveLength(4);
  expect(second.find("o3", 10)).toEqual([]);
  second.close();
});

test("only the last lines are kept, and no line is longer than the limit", () => {
  const store = openLogStore(temporaryFolder(), 100);
  for (let i = 0; i < 1000; i++) store.append(line("o1", `line ${i}`));
  const kept = store.find("", 1000);
  expect(kept).toHaveLength(100);
  expect(kept.at(-1)).toContain("line 999");
  store.append(line("o1", "x".repeat(100_000)));
  expect(store.find("o1", 1)[0]?.length).toBeLessThanOrEqual(LIMITS.logLine);
  store.close();
});

test("a damaged file is started again", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "log.db"), "this is not a database, and long enough to be read as one".repeat(100));
  const store = openLogStore(folder);
  store.append(line("o1", "begins"));
  expect(store.find("o1", 10)).toHaveLength(1);
  store.close();
});

test("a log whose place is taken by something else is kept in memory, and that is reported", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "log.db"));
  const store = openLogStore(folder);
  expect(store.trouble).toMatch(/log\.db cannot be kept: it is no regular file; until then what is logged is kept in memory only$/);
  store.append(line("o1", "begins"));
  expect(store.find("o1", 10)).toHaveLength(1);
  store.close();
});
