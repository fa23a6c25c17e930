import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { NOBODY, stayNobody } from "@sitewright/testkit/account";
import type { Fixture } from "./disk-fixture.ts";

/** From now on the agent of this fixture runs as an unprivileged user, who owns its folders. */
export function runAsNobody(site: Fixture, undo: DisposableStack): void {
  execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, dirname(site.roots.cap)], { stdio: "pipe" });
  stayNobody(undo);
}
