import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { SitewrightError, plural } from "@sitewright/protocol";
import type { NumberedSuccession, SavedState } from "@sitewright/protocol/api";
import { readBoundedSync } from "@sitewright/node-kit/bounded-file";
import { authorityKey } from "@sitewright/node-kit/succession";
import { print, tell } from "@sitewright/node-kit/output";
import { call, type Connection } from "../api-client.ts";
import { connect, DEFAULT_DATA_DIR } from "../connect.ts";
import { withCommonOptions, type CommonOptions } from "../selection-options.ts";

export interface BackupRequest {
  dataDir: string;
  file: string;
  passphrase?: string | undefined;
  /** Of the running coordinator. */
  state: SavedState;
  /** For a coordinator with another CA, whose key this names; `number`: of the statement about it. Absent: the backup has the key of the CA. */
  standIn?: { successor: string; number: number };
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
  /**
   * @returns When the backup was made (ms since 1970), how many agents are known by it, and the SHA-256 of the certificate of its CA;
   * `standsIn`: number of the statement by which agents believe another CA instead.
   */
  restore(request: RestoreRequest): Promise<{ madeAt: number; agents: number; caHash: string; standsIn?: number }>;
  /** Makes the CA of a coordinator that may have to stand in. @returns SHA-256 of its certificate. */
  prepareStandIn(dataDir: string): Promise<{ caHash: string }>;
}

/** Characters of a passphrase. */
const [LEAST, MOST] = [8, 4096];
/** Bytes of a certificate in PEM. */
const MOST_PEM = 64 * 1024;
const PASSPHRASE = ["--passphrase-file <file>", "file whose first line is the passphrase of the backup; - reads standard input"] as const;

/** backup, restore: saves what is precious of a coordinator in one file, and makes a coordinator of it again. */
export function addBackup(program: Command, backups: Backups): void {
  const backup = program
    .command("backup")
    .description("save what is precious of the running coordinator in one file, on its own machine")
    .argument("<file>", "where to; an earlier file is replaced when the new one is whole")
    .option(
      "--for <ca.pem>",
      "for the coordinator with this CA, which agents will believe in place of this one; the backup then holds no key",
    )
    .option(...PASSPHRASE);
  withCommonOptions(backup).action(async (file: string, options: CommonOptions & { for?: string; passphraseFile?: string }) => {
    const passphrase = readPassphrase(options.passphraseFile);
    const dataDir = options.dataDir ?? process.env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR;
    const client = connect(options);
    const standIn = options.for === undefined ? undefined : await nameSuccessor(options.for, client);
    const state = await call<SavedState>(client, "POST", "/api/v1/backups");
    const { bytes } = await backups.save({ dataDir, file, passphrase, state, ...(standIn ? { standIn } : {}) });
    if (options.json)
      return print(JSON.stringify({ file, bytes, agents: state.agents.length, ...(standIn ? { succession: standIn.number } : {}) }));
    print(`${file}: ${bytes} bytes, ${plural(state.agents.length, "agent")} known`);
    if (standIn) tell(`it holds no key; agents will believe the CA ${standIn.caHash} in place of this one (statement ${standIn.number})`);
    else if (passphrase === undefined) tell("it holds the key of the coordinator's CA and is not encrypted: keep it as you keep that key");
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
      if (restored.standsIn === undefined)
        print(`${dataDir} is the coordinator of ${made}, with ${plural(restored.agents, "agent")} known and the CA ${restored.caHash}`);
      else
        print(
          `${dataDir} stands in for the coordinator of ${made}, with ${plural(restored.agents, "agent")} known; ` +
            `those of the CA ${restored.caHash} believe it by the statement ${restored.standsIn}`,
        );
      tell("make sure that the lost coordinator does not start again; agents that have met this one refuse it");
      tell(`agents that were revoked after ${made} are known again: revoke them again; those that joined after it have to join again`);
    });
}

/** stand-in prepare, revoke: the coordinator that agents believe in place of this one although it has another CA. */
export function addStandIn(program: Command, backups: Backups): void {
  const standIn = program
    .command("stand-in")
    .description("prepare a coordinator that takes over without the key of this one, or revoke that");
  standIn
    .command("prepare")
    .description("on the machine that would stand in: make the CA of its coordinator in an empty data folder")
    .option("--data-dir <folder>", "the folder (or SITEWRIGHT_DATA_DIR)", process.env.SITEWRIGHT_DATA_DIR ?? DEFAULT_DATA_DIR)
    .option("--json", "one JSON document on standard output, everything else on standard error")
    .action(async ({ dataDir, json }: { dataDir: string; json?: true }) => {
      const { caHash } = await backups.prepareStandIn(dataDir);
      const ca = join(dataDir, "ca.pem");
      if (json) return print(JSON.stringify({ dataDir, ca, caHash }));
      print(`${ca} is the CA ${caHash} of the coordinator that stands in`);
      tell(`copy it to the site server, and run there every night: sitewright backup FILE --for ${basename(ca)}`);
    });
  withCommonOptions(standIn.command("revoke"))
    .description("no other CA may take the place of this coordinator's any longer, whatever backups were made for it")
    .action(async (options: CommonOptions) => {
      const { number } = await call<NumberedSuccession>(connect(options), "POST", "/api/v1/succession", {});
      if (options.json) return print(JSON.stringify({ number }));
      print(number === 0 ? "no other CA was named" : `statements below ${number} are no longer in force`);
      if (number > 0) tell("agents know it once they have connected again: see that all do, with 'sitewright agent list'");
    });
}

async function nameSuccessor(file: string, client: Connection): Promise<{ successor: string; number: number; caHash: string }> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readBoundedSync(file, MOST_PEM));
  } catch (cause) {
    throw notOne(file, `it cannot be read as one (${(cause as Error).message})`, cause);
  }
  if (!certificate.ca || certificate.publicKey.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw notOne(file, "it is another certificate");
  const successor = authorityKey(certificate);
  const { number } = await call<NumberedSuccession>(client, "POST", "/api/v1/succession", { successor });
  return { successor, number, caHash: createHash("sha256").update(certificate.raw).digest("hex") };
}

function notOne(file: string, why: string, cause?: unknown): SitewrightError {
  const advice = "name the ca.pem that 'sitewright stand-in prepare' made";
  return new SitewrightError("BAD_REQUEST", `${file} is not the certificate of a coordinator's CA: ${why}; ${advice}`, {
    path: file,
    cause,
  });
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
