import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

test("a program whose reader ends before it does ends too, without an error", async () => {
  const script = `
    import { print } from "${import.meta.dirname}/output.ts";
    for (;;) { print("line"); await new Promise(setImmediate); }`;
  const child = spawn(process.execPath, ["--conditions=@sitewright/source", "--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += String(data)));
  await once(child.stdout, "data");
  child.stdout.destroy();
  await once(child, "close");
  expect([child.exitCode, stderr]).toEqual([0, ""]);
});
