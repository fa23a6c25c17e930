import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outdatedPages } from "./support/generated-pages.ts";
import { run } from "./support/run.ts";

/**
 * Generates the protocol's code from its .proto files, and in docs the tables of error codes and the version of the recovery list. `--check`: fails if that would change anything,
 * and writes nothing.
 */
const isCheck = process.argv.includes("--check");
const TARGET = "packages/protocol/src/gen/messages";
const ENDS = [".js", ".d.ts"];
const scratch = mkdtempSync(join(tmpdir(), "sitewright-gen-"));
try {
  const made = join(scratch, "messages");
  // The types are made from the comments, and the comments are left out of what is committed: two passes.
  pbjs(`${made}.js`, "--dts");
  pbjs(`${made}.js`, "--no-comments");
  // Unchanged files are not written: a new time would make everything built from them stale.
  const changed = ENDS.filter((end) => readFileSync(`${made}${end}`, "utf8") !== readFileSync(`${TARGET}${end}`, "utf8"));
  if (!isCheck) for (const end of changed) copyFileSync(`${made}${end}`, `${TARGET}${end}`);
  else if (changed.length > 0) {
    console.error("gen: the committed generated code is not what the .proto files make: run 'npm run gen' and commit the result");
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}

for (const [path, text] of outdatedPages()) {
  if (!isCheck) writeFileSync(path, text);
  else {
    console.error(
      `gen: ${path} has other tables of error codes, or another version of the recovery list, than packages/expert/data makes: run 'npm run gen' and commit the result`,
    );
    process.exitCode = 1;
  }
}

function pbjs(out: string, option: string): void {
  const format = ["-t", "static-module", "-w", "es6", "--es6", "--force-number"];
  const leaveOut = ["--no-service", "--no-convert", "--no-verify", "--no-delimited", "--no-typeurl", "--no-create"];
  run("pbjs", [
    ...format,
    ...leaveOut,
    option,
    "-p",
    "packages/protocol/proto",
    "-o",
    out,
    "agent.proto",
    "coordinator.proto",
    "media.proto",
  ]);
}
