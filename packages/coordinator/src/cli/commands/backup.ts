import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import type { SavedState } from "@sitewright/protocol/api";
import { readBoundedSync } from "@sitewright/node-kit/bounded-file";
import { print, tell } from "@sitewright/node-kit/output";
import { call } from "../api-client.ts";
import { connect, DEFAULT_DATA_DIR } from "../connect.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";

export interface BackupRequest {
  dataDir: string;
  file: string;
  passphrase?: string | undefined;
  /** Of the running coordinator. */
  state: SavedState;
}

export interface RestoreRequest {
  dataDir: string;
  file: string;
  passphrase?: string | undefined;
}

/** What the coordinator's program can do with a data folder of this machine. */
export interface Backups {
  /** @returns Size of the file. */
  save(request: BackupRequest): Promise<{ bytes: number }>;
  /** @returns When the backup was made (ms since 1970), how many agents are known by it, and the SHA-256 of the CA's certificate. */
  restore(request: RestoreRequest): Promise<{ madeAt: number; agents: number; caHash: string }>;
}

/** Characters of a passphrase. */
const [LEAST, MOST] = [8, 4096];
const PASSPHRASE = ["--passphrase-file <file>", "file whose first line is the passphrase of the backup; - reads standard input"] as const;

/** backup, restore: saves what is precious of a coordinator in one file, and makes a coordinator of it again. */
export function addBackup(program: Command, backups: Backups): void {
  const backup = program
    .command("backup")
    .description("save what is precious of the running coordinator in one file, on its own machine")
    .argument("<file>", "where to; an earlier file is replaced when the new one is whole")
    .option(...PASSPHRASE);
  withCommonOptions(backup).action(async (file: string, options: CommonOptions & { passphraseFile?: string }) => {
    const passphrase = readPassphrase(options.passphraseFile);
    const dataDir = options.dataDir ?? process.env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR;
    const state = await call<SavedState>(connect(options), "POST", "/api/v1/backups");
    const { bytes } = await backups.save({ dataDir, file, passphrase, state });
    if (options.json) return print(JSON.stringify({ file, bytes, agents: state.agents.length }));
    print(`${file}: ${bytes} bytes, ${count(state.agents.length)} known`);
    if (passphrase === undefined) tell("it holds the key of the coordinator's CA and is not encrypted: keep it as you keep that key");
  });
  program
    .command("restore")
    .description("make an empty folder the data folder of the coordinator that a backup was made of")
    .argument("<file>", "the backup")
    .option("--data-dir <folder>", "the folder (or SITEWRIGHT_DATA_DIR)", process.env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR)
    .option(...PASSPHRASE)
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .action(async (file: string, { dataDir, passphraseFile, json }: { dataDir: string; passphraseFile?: string; json?: true }) => {
      const restored = await backups.restore({ dataDir, file, passphrase: readPassphrase(passphraseFile) });
      if (json) return print(JSON.stringify({ dataDir, ...restored }));
      const made = new Date(restored.madeAt).toISOString();
      print(`${dataDir} is the coordinator of ${made}, with ${count(restored.agents)} known and the CA ${restored.caHash}`);
      tell("make sure that the lost coordinator does not start again; agents that have met this one refuse it");
      tell(`agents that were revoked after ${made} are known again: revoke them again; those that joined after it have to join again`);
    });
}

function count(agents: number): string {
  return agents === 1 ? "1 agent" : `${agents} agents`;
}

/** The first line of a file; arguments and the environment can be read by others. Throws `BAD_REQUEST`. */
function readPassphrase(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const bad = (why: string, cause?: unknown) =>
    new SitewrightError("BAD_REQUEST", `no passphrase: ${file === "-" ? "standard input" : file} ${why}`, { path: file, cause });
  let text: string;
  try {
    text = (file === "-" ? readFileSync(0) : readBoundedSync(file, MOST)).toString("utf8");
  } catch (cause) {
    throw bad(`cannot be read (${(cause as Error).message})`, cause);
  }
  const [line = ""] = text.split(/\r?\n/, 1);
  if (line.length < LEAST) throw bad(`holds one of ${line.length} characters: take at least ${LEAST}`);
  return line;
}
