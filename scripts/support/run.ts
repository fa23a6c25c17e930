import { spawn, spawnSync } from "node:child_process";

/** Runs a tool of `node_modules/.bin` in the project's folder and, if it fails, ends this process with its exit code. */
export function run(command: string, args: string[]): void {
  const status = runToEnd(command, args);
  if (status !== 0) process.exit(status);
}

/** The same, but returns the exit code. */
export function runToEnd(command: string, args: string[]): number {
  const { file, words, shell } = commandOf(command, args);
  const { status, error } = spawnSync(file, words, { stdio: "inherit", shell });
  if (error) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}

/** Begins to run a tool; what is returned waits for its end, shows what it said, and ends this process if it failed. */
export function begin(command: string, args: string[]): () => Promise<void> {
  const { file, words, shell } = commandOf(command, args);
  const child = spawn(file, words, { stdio: ["ignore", "pipe", "pipe"], shell });
  const said: Buffer[] = [];
  for (const output of [child.stdout, child.stderr]) output.on("data", (part: Buffer) => said.push(part));
  const ended = new Promise<number>((resolve) => {
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
  return async () => {
    const status = await ended;
    process.stdout.write(Buffer.concat(said));
    if (status !== 0) process.exit(status);
  };
}

/** On Windows these tools are scripts that only a shell runs; it takes apart what is not quoted. */
function commandOf(command: string, args: string[]): { file: string; words: string[]; shell: boolean } {
  const shell = process.platform === "win32";
  const [file = "", ...words] = shell ? [command, ...args].map((word) => `"${word}"`) : [command, ...args];
  return { file, words, shell };
}
