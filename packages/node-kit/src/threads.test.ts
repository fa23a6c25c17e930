import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";

test("A thread starts although the folder that its process was started in has been removed", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "greeter.ts"), `import { parentPort } from "node:worker_threads"; parentPort?.postMessage("it runs");`);
  const script = `
    import { mkdirSync, rmdirSync } from "node:fs";
    import { startWorker } from ${JSON.stringify(join(import.meta.dirname, "threads.ts"))};
    mkdirSync("release");
    process.chdir("release");
    rmdirSync(${JSON.stringify(join(folder, "release"))});
    startWorker(${JSON.stringify(`file://${folder}/main.ts`)}, "greeter").on("message", (text) => console.log(text));`;
  const words = ["--conditions=@sitewright/source", "--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
  expect(stdout + stderr).toBe("it runs\n");
});
