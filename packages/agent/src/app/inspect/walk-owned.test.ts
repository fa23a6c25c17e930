import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RootDisk } from "../unit/root-disk.ts";
import { emptyColumns } from "./found-columns.ts";
import { walkParts } from "./walk-owned.ts";

test("a part that cannot be read while the caller works with the one before is reported with the next step, and ends no process", async () => {
  const failure = new Error("the work on the disk was cancelled");
  let parts = 0;
  const root = {
    run: () => (parts++ === 0 ? Promise.resolve({ found: emptyColumns(), next: [] }) : Promise.reject(failure)),
  } as unknown as RootDisk;
  const walk = walkParts(root, { owned: [{ path: "ABC00001", kind: "folder", rights: "clients-read" }] });
  await walk.next();
  // Node.js looks for rejections without a handler at the end of each turn; the runner of the tests reports them as failures.
  await nextTurn();
  await expect(walk.next()).rejects.toBe(failure);
});
