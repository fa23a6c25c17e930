import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import type { Fixture } from "./disk-fixture.ts";

export const NOBODY = 65534;

/** From now on the agent of this fixture runs as a user who may not do everything, and owns its folders. */
export function asNobody(site: Fixture, undo: DisposableStack): void {
  execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, dirname(site.roots.cap)], { stdio: "pipe" });
  process.seteuid?.(NOBODY);
  undo.defer(() => process.seteuid?.(0));
}

/** As root, whoever the agent is meanwhile. */
export function asRoot<T>(work: () => T): T {
  const user = process.geteuid?.() ?? 0;
  process.seteuid?.(0);
  try {
    return work();
  } finally {
    process.seteuid?.(user);
  }
}
