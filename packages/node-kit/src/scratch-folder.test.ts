import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openScratchFolder } from "./scratch-folder.ts";

function inFolder(folder: string): void {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
}

test("a folder is gone after its use; one that a killed process left is removed by the next, those of living ones and of others stay", () => {
  const folder = temporaryFolder();
  inFolder(folder);
  const script = `import { openScratchFolder } from ${JSON.stringify(import.meta.resolve("./scratch-folder.ts"))};
    openScratchFolder("test"); process.kill(process.pid, "SIGKILL");`;
  spawnSync(process.execPath, ["--input-type=module", "-e", script], { env: { ...process.env, TMPDIR: folder } });
  const [left] = readdirSync(folder);
  writeFileSync(join(folder, String(left), "file"), "x");
  const outside = join(folder, "outside");
  mkdirSync(outside);
  symlinkSync(outside, join(folder, String(left).replace(/-\w+$/, "-linked")));
  {
    using living = openScratchFolder("test");
    {
      using other = openScratchFolder("test");
      expect([existsSync(living.path), dirname(other.path)]).toEqual([true, folder]);
    }
    expect([existsSync(join(folder, String(left))), existsSync(outside), existsSync(living.path)]).toEqual([false, true, true]);
  }
  expect(readdirSync(folder).filter((name) => !/outside|linked/.test(name))).toEqual([]);
});
