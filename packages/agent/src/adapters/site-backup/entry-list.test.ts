import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { readList, writeList, type Entry } from "./entry-list.ts";

const anEntry = (path: string): Entry => ({ path, kind: "file", mode: 0o600, uid: 0, gid: 0, modified: 0 });

test("a list gives back every name that a disk takes, and its digest", async () => {
  const names = ["a\u2028b", "c\u2029d", "e\u0085f", "g\nh", "i\rj", "k\r\nl", 'm"n\\', "o\ud800", "\u{1f4be}", "x".repeat(300_000)];
  const path = join(temporaryFolder(), "list");
  const list = writeList(path);
  for (const name of names) await list.add(anEntry(name));
  const written = await list.end();
  const entries = readList(path);
  const read: string[] = [];
  let next = await entries.next();
  for (; !next.done; next = await entries.next()) read.push(next.value.path);
  expect([read, next.value]).toEqual([names, written]);
});

test.runIf(process.platform === "linux")("a list that does not fit on the disk fails, whatever is asked of it then", async () => {
  const list = writeList("/dev/full");
  const fill = async () => {
    for (let i = 0; i < 1000; i++) await list.add(anEntry(noise(100_000, i).toString("hex")));
  };
  await expect(fill()).rejects.toMatchObject({ code: "DISK_FULL", path: "/dev/full" });
  await expect(list.end()).rejects.toMatchObject({ code: "DISK_FULL", path: "/dev/full" });
  await list.abort();
});
