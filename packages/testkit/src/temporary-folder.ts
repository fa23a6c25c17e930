import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder of this test, by its real path; removed when the test is over. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-test-")));
  onTestFinished(() => removeTree(folder));
  return folder;
}

/** Removes all of a folder, also what its owner, who is not root, may neither read nor change. */
export function removeTree(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    execFileSync("chmod", ["-R", "u+rwX", folder]);
    rmSync(folder, { recursive: true });
  }
}
