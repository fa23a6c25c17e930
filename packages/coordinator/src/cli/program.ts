import { Command, CommanderError } from "commander";
import { SitewrightError, terminalText } from "@sitewright/protocol";
import { versionOf } from "@sitewright/node-kit/version";
import { addAddress } from "./commands/address.ts";
import { addAgent } from "./commands/agent.ts";
import { addBackup, addStandIn, type Backups } from "./commands/backup.ts";
import { addControlVerbs } from "./commands/control-verbs.ts";
import { addCoordinator, type RunCoordinator } from "./commands/coordinator.ts";
import { addDrill } from "./commands/recovery/drill.ts";
import { addExpert } from "./commands/expert.ts";
import { addHierarchy } from "./commands/recovery/hierarchy.ts";
import { addLedger } from "./commands/ledger.ts";
import { addLink } from "./commands/link.ts";
import { addLogs } from "./commands/logs.ts";
import { addMedia } from "./commands/media/media.ts";
import type { MediaTools } from "./commands/media/tools.ts";
import { addRecovery } from "./commands/recovery/recovery.ts";
import { addRunVerbs } from "./commands/run-verbs.ts";
import { addRepairObjects } from "./commands/recovery/objects.ts";
import { addSite } from "./commands/recovery/site.ts";
import type { ReadSiteData } from "./commands/site-backup/read.ts";
import { addSiteBackup } from "./commands/site-backup/site-backup.ts";
import { addSource } from "./commands/source.ts";
import { addStatus } from "./commands/status.ts";
import { addToken } from "./commands/token.ts";
import { EXIT } from "./exit-codes.ts";
import { continued } from "./render/continued.ts";
import { print, tell } from "@sitewright/node-kit/output";

const EXPLANATION = `
'sitewright rebuild --help' says what that verb takes, and so do the others.

Exit codes:
  0  everything asked for is done and verified
  1  something failed or was refused, and standard error says what, and what to do; or a verification found something wrong
  2  answers given to 'sitewright expert' or to a recovery exclude each other
  3  all that could be reached is done; the rest waits for agents that are not connected

On the coordinator's own machine set SITEWRIGHT_DATA_DIR to its data folder. From another machine set SITEWRIGHT_URL,
SITEWRIGHT_TOKEN (what is in operator-token there) and SITEWRIGHT_CA (a copy of ca.pem).`;

/** What the operator's program does with the coordinator itself. */
export interface CoordinatorParts {
  runCoordinator: RunCoordinator;
  backups: Backups;
  readSiteData: ReadSiteData;
  media: MediaTools;
}

/** Runs one verb of the operator's program and sets its exit code. */
export async function runCli({ runCoordinator, backups, readSiteData, media }: CoordinatorParts): Promise<void> {
  const program = new Command("sitewright")
    .description("Rebuilds the client access points, logon points and distribution points of a recovered site.")
    .version(versionOf(import.meta.url))
    .helpOption("-h, --help", "this text")
    .helpCommand("help [verb]", "this text, or that of a verb")
    .showHelpAfterError("(add --help for the options)")
    .addHelpText("after", EXPLANATION)
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => process.stderr.write(terminalText(text)),
    })
    .exitOverride();

  addCoordinator(program, runCoordinator);
  addRunVerbs(program);
  addStatus(program);
  addControlVerbs(program);
  addAddress(program);
  addSource(program);
  addSite(program);
  addRepairObjects(program);
  addHierarchy(program);
  addRecovery(program);
  addAgent(program);
  addToken(program);
  addBackup(program, backups);
  addStandIn(program, backups);
  addSiteBackup(program, readSiteData);
  addMedia(program, media);
  addLink(program);
  addLogs(program);
  addDrill(program);
  addExpert(program);
  addLedger(program);

  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode;
    } else {
      const { code, message } = SitewrightError.from(error);
      tell(`sitewright: ${code}: ${continued(message)}`);
      process.exitCode = code === "ANSWERS_CONTRADICT" ? EXIT.contradiction : EXIT.failed;
    }
  }
}
