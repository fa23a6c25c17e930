import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { asRoot, isRoot, NOBODY } from "@sitewright/testkit/account";
import { CAP, capFolders, openFixture, PACKAGE, PACKAGE_FOLDER, readTree, release } from "../../../../test-support/disk-fixture.ts";
import { runAsNobody } from "../../../../test-support/run-as-nobody.ts";
import { dying } from "../../../../test-support/odd-exchanges.ts";
import { platform } from "../platform/platform.ts";

const BOXES = capFolders("clifiles.box", "pkginfo.box", "offerinf.box");
const tree = (text: string) => ({ "CAP_ABC/clifiles.box/c": text, "CAP_ABC/pkginfo.box/p": text, "CAP_ABC/offerinf.box/o": text });
const OLD = release(CAP, BOXES, tree("old"));
const NEW = release(CAP, BOXES, tree("new"));
const OLD_SERVED = { "clifiles.box/c": "old", "pkginfo.box/p": "old", "offerinf.box/o": "old" };

const run = (...words: string[]) => execFileSync(words[0] as string, words.slice(1), { stdio: "pipe" });

interface Block {
  why: RegExp;
  /** Returns a function that ends it. */
  begin(last: string): () => void;
  /** As an unprivileged user. */
  asNobody?: true;
}

function flag(name: "i" | "a", path: string): () => void {
  run("chattr", `+${name}`, path);
  return () => run("chattr", `-${name}`, path);
}

const BLOCKS: Record<string, Block> = {
  "is a mount point": {
    why: /mounted there/,
    begin(box) {
      run("mount", "--bind", box, box);
      return () => run("umount", box);
    },
  },
  "is immutable": { why: /immutable/, begin: (box) => flag("i", box) },
  "may only grow": { why: /append-only/, begin: (box) => flag("a", box) },
  "lies in an immutable folder": { why: /immutable/, begin: (box) => flag("i", dirname(box)) },
  "belongs to another user": {
    why: /user \(65534\) may not write/,
    asNobody: true,
    begin(box) {
      chownSync(box, 0, 0);
      return () => chownSync(box, NOBODY, NOBODY);
    },
  },
  "belongs to another user in a folder with the sticky bit": {
    why: /sticky bit/,
    asNobody: true,
    begin(box) {
      chownSync(box, 0, 0);
      chmodSync(box, 0o777);
      chownSync(dirname(box), 0, 0);
      chmodSync(dirname(box), 0o1777);
      return () => chownSync(box, NOBODY, NOBODY);
    },
  },
};

for (const [what, block] of Object.entries(BLOCKS)) {
  test.runIf(isRoot)(
    `No folder of a CAP is exchanged if the last of them ${what}; the CAP can be verified, and rebuilt once that is over`,
    async () => {
      await using site = await openFixture();
      using undo = new DisposableStack();
      if (block.asNobody) runAsNobody(site, undo);
      await site.stage(OLD, 1);
      await site.activate(CAP, 1);
      await site.stage(NEW, 2);
      await site.activate(CAP, 2);
      expect(await site.order(CAP, 3, { kind: "undo", graceMs: 60_000 })).toMatchObject({ kind: "undone" });
      await site.stage(NEW, 4);
      let end = asRoot(() => block.begin(site.path("cap", "CAP_ABC/offerinf.box")));
      undo.defer(() => asRoot(() => end()));
      const blocked = { kind: "failed", code: "SWITCH_BLOCKED", message: expect.stringMatching(block.why) as unknown, retryable: false };
      expect(await site.activate(CAP, 4)).toMatchObject(blocked);
      expect(await site.order(CAP, 5, { kind: "undo", graceMs: 60_000 })).toMatchObject(blocked);
      expect(await site.order(CAP, 6, { kind: "remove", owned: BOXES })).toMatchObject(blocked);
      expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(OLD_SERVED);
      expect(await site.verify(OLD)).toMatchObject({ kind: "verified" });
      expect(site.executor.inventory()).toMatchObject([{ live: { manifest: OLD.digest } }]);
      expect(readdirSync(site.path("cap", "CAP_ABC")).toSorted()).toEqual(["clifiles.box", "offerinf.box", "pkginfo.box"]);
      asRoot(end);
      end = () => {};
      await site.reopen();
      expect(await site.stage(NEW, 7)).toMatchObject({ kind: "staged", fetchedBytes: 0 });
      expect(await site.activate(CAP, 7)).toMatchObject({ kind: "activated", previous: true });
      expect(await site.verify(NEW)).toMatchObject({ right: true });
    },
  );
}

test.runIf(isRoot)("A folder in a lower layer of an overlay, which cannot be moved, blocks the exchange before it begins", async () => {
  await using site = await openFixture();
  using undo = new DisposableStack();
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  const { cap } = site.roots;
  const layers = `${dirname(cap)}/layers`;
  for (const name of ["upper", "work"]) mkdirSync(`${layers}/${name}`, { recursive: true });
  run("mount", "-t", "overlay", "overlay", "-o", `lowerdir=${cap},upperdir=${layers}/upper,workdir=${layers}/work,redirect_dir=off`, cap);
  undo.defer(() => run("umount", "-l", cap));
  await site.reopen();
  await site.stage(NEW, 2);
  expect(await site.activate(CAP, 2)).toMatchObject({
    kind: "failed",
    code: "SWITCH_BLOCKED",
    message: expect.stringContaining("layer of an overlay") as unknown,
  });
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(OLD_SERVED);
});

test.runIf(isRoot)("A new package is not activated below a folder in which nothing can be created", async () => {
  await using site = await openFixture();
  using undo = new DisposableStack();
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha" });
  await site.stage(made, 1);
  undo.defer(flag("i", site.roots.dp));
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "failed", code: "SWITCH_BLOCKED" });
  undo.dispose();
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
});

test.runIf(isRoot)("An interrupted switch is taken back at the next start if a row of it cannot be moved any more", async () => {
  const exchange = dying(platform.exchange);
  await using site = await openFixture({ exchange });
  using undo = new DisposableStack();
  exchange.site = site;
  await site.stage(OLD, 1);
  await site.activate(CAP, 1);
  await site.stage(NEW, 2);
  exchange.steps = 2;
  expect(await site.activate(CAP, 2)).toMatchObject({ kind: "failed" });
  const box = site.path("cap", "CAP_ABC/offerinf.box");
  run("mount", "--bind", box, box);
  undo.defer(() => run("umount", "-l", box));
  await site.reopen();
  expect(readTree(site.path("cap", "CAP_ABC"))).toEqual(OLD_SERVED);
  expect(await site.verify(OLD)).toMatchObject({ right: true });
});
