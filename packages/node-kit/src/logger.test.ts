import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { expect, test } from "vitest";

test.runIf(process.platform === "linux")("a program whose log is on a full disk logs on, and does not end", async () => {
  const script = `
    import { createJsonLogger } from "${import.meta.dirname}/logger.ts";
    const kept = [];
    const log = createJsonLogger({ level: "info", base: null, keep: (line) => kept.push(JSON.parse(line).msg) });
    log.info({}, "one");
    await new Promise(setImmediate);
    log.info({}, "two");
    process.stderr.write(kept.join(" "));`;
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, ["--conditions=@sitewright/source", "--input-type=module", "--eval", script], {
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  let stderr = "";
  child.stderr?.on("data", (data) => (stderr += String(data)));
  await once(child, "close");
  expect([child.exitCode, stderr]).toEqual([0, "one two"]);
});
