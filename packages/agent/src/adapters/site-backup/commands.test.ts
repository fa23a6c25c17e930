import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { runProgram } from "./commands.ts";

/** Holds the output of the program that starts it, and is in no group of it. */
const LEAVES_ONE = (file: string) => `setsid sleep 60 & echo $! > ${file}; echo said`;

/** Fails unless it still runs. */
function end(file: string): void {
  process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
}

test("a program has ended when it has, although one that it left running holds its output", async () => {
  const file = join(temporaryFolder(), "pid");
  expect(await runProgram(["/bin/sh", "-c", LEAVES_ONE(file)], new AbortController().signal)).toBe("said\n");
  end(file);
});

test("a program that is ended for its time limit is not waited for because of what it left running", async () => {
  const file = join(temporaryFolder(), "pid");
  const running = runProgram(["/bin/sh", "-c", `${LEAVES_ONE(file)}; exec sleep 600`], AbortSignal.timeout(500));
  await expect(running).rejects.toMatchObject({ name: "TimeoutError" });
  end(file);
});
