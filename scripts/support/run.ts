import { spawnSync } from "node:child_process";

/** Runs a tool of `node_modules/.bin` in the project's folder and, if it fails, ends this process with its exit code. */
export function run(command: string, args: string[]): void {
  const status = runToEnd(command, args);
  if (status !== 0) process.exit(status);
}

/** The same, but returns the exit code. */
export function runToEnd(command: string, args: string[]): number {
  // On Windows these tools are scripts that only a shell runs; it takes apart what is not quoted.
  const onWindows = process.platform === "win32";
  const [first = "", ...rest] = onWindows ? [command, ...args].map((word) => `"${word}"`) : [command, ...args];
  const { status, error } = spawnSync(first, rest, { stdio: "inherit", shell: onWindows });
  if (error) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}
