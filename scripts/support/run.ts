import { spawnSync } from "node:child_process";

/** Runs a tool of `node_modules/.bin` in the project's folder and, if it fails, ends this process with its exit code. */
export function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
