import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./support/run.ts";

/** Makes the protocol's generated code again from its .proto files. `--check`: fails when that changes anything. */
const target = "packages/protocol/src/gen/messages";
const before = read();

// The types are made from the comments, and the comments are left out of what is committed: two passes.
const scratch = mkdtempSync(join(tmpdir(), "sitewright-gen-"));
pbjs(join(scratch, "messages.js"), "--dts");
copyFileSync(join(scratch, "messages.d.ts"), `${target}.d.ts`);
rmSync(scratch, { recursive: true });
pbjs(`${target}.js`, "--no-comments");

if (process.argv.includes("--check") && read() !== before) {
  console.error("gen: the committed generated code is not what the .proto files make: run 'npm run gen' and commit the result");
  process.exit(1);
}

function pbjs(out: string, option: string): void {
  const format = ["-t", "static-module", "-w", "es6", "--es6", "--force-number"];
  const leaveOut = ["--no-service", "--no-convert", "--no-verify", "--no-delimited", "--no-typeurl", "--no-create"];
  run("pbjs", [...format, ...leaveOut, option, "-p", "packages/protocol/proto", "-o", out, "agent.proto", "coordinator.proto"]);
}

function read(): string {
  return [".js", ".d.ts"].map((end) => readFileSync(`${target}${end}`, "utf8")).join("\n");
}
