import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { sitePlaces } from "./site-places.ts";

test.runIf(isRoot)(
  "A place of a site at which a folder of the same disk is mounted cannot be moved aside, and is refused as a disk of its own",
  () => {
    const place = join(temporaryFolder(), "data");
    mkdirSync(place);
    sitePlaces.requireMovable(place);
    execFileSync("mount", ["--bind", temporaryFolder(), place], { stdio: "pipe" });
    onTestFinished(() => void execFileSync("umount", [place], { stdio: "pipe" }));
    expect(() => sitePlaces.requireMovable(place)).toThrow(expect.objectContaining({ code: "BAD_REQUEST", path: place }));
  },
);
