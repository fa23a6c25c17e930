import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release, type Fixture } from "../../../test-support/disk-fixture.ts";
import { withAnchor } from "./anchor.ts";
import { finishFile } from "./jobs/disk-write.ts";

const BIG = noise(3_000_000, 21);
const MADE = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/big": BIG, "ABC00001/small": "small" });
const STAGED = ".sitewright/staging/ABC00001/1.1/0/big";

test("The identity of a file that is shorter, longer or gone when it gets its attributes is not recorded", () => {
  const root = temporaryFolder();
  for (const size of [0, 4, 6]) {
    writeFileSync(join(root, "a"), "x".repeat(size));
    const finish = () => withAnchor(root, (anchor) => finishFile(anchor, { path: "a", size: 5, mode: 0o644, modified: 1_000 }));
    expect(finish).toThrow(expect.objectContaining({ code: "STAGING_DAMAGED" }));
  }
  const finish = () => withAnchor(root, (anchor) => finishFile(anchor, { path: "gone", size: 5, mode: 0o644, modified: 1_000 }));
  expect(finish).toThrow(expect.objectContaining({ code: "STAGING_DAMAGED" }));
});

/** Does something to the staged file once, when this much of it is there. */
function once(site: Fixture, bytes: number, act: (path: string) => void): void {
  let done = false;
  site.content.onFrame = (frame) => {
    const path = site.path("dp", STAGED);
    if (
      !done &&
      readdirSync(site.path("dp", ".sitewright/staging/ABC00001/1.1/0")).includes("big") &&
      statSync(path).blocks * 512 > bytes
    ) {
      done = true;
      act(path);
    }
    return frame;
  };
}

for (const [what, act] of [
  ["truncated to nothing", (path: string) => truncateSync(path, 0)],
  ["cut off in its middle", (path: string) => truncateSync(path, 70_000)],
  ["removed", (path: string) => rmSync(path)],
] as const) {
  test(`A staged file that is ${what} while its pieces arrive is never served: it is staged again`, async () => {
    await using site = await openFixture();
    once(site, 500_000, act);
    let tries = 0;
    for (;;) {
      tries += 1;
      const staged = await site.stage(MADE, 1);
      const ended = staged.kind === "failed" ? staged : await site.activate(PACKAGE, 1);
      if (ended.kind === "activated") break;
      expect(ended).toMatchObject({ kind: "failed", code: "STAGING_DAMAGED", retryable: true });
      expect(tries).toBeLessThan(3);
    }
    expect(tries).toBe(2);
    expect(await site.verify(MADE, true)).toMatchObject({ right: true, deviationCount: 0 });
  });
}

test("A file whose pieces were half written when the agent died is continued, in its final size", async () => {
  await using site = await openFixture();
  let frames = 0;
  site.content.onFrame = (frame, stream) => {
    if (++frames === 20) stream.refuse("SOURCE_CHANGED", "it was edited");
    return frame;
  };
  expect(await site.stage(MADE, 1)).toMatchObject({ kind: "failed" });
  truncateSync(site.path("dp", STAGED), 300_000); // as an earlier version of the agent left it: as long as what had arrived
  await site.reopen();
  site.content.onFrame = (frame) => frame;
  expect(await site.stage(MADE, 1)).toMatchObject({ kind: "staged", files: 2 });
  expect(await site.activate(PACKAGE, 1)).toMatchObject({ kind: "activated" });
  expect(await site.verify(MADE, true)).toMatchObject({ right: true });
});
