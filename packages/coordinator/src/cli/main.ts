import { Command, CommanderError } from "commander";
import { SitewrightError } from "@sitewright/protocol";
import { productVersion } from "../adapters/version.ts";
import { addControlVerbs } from "./commands/control-verbs.ts";
import { addCoordinator } from "./commands/coordinator.ts";
import { addLink } from "./commands/link.ts";
import { addLogs } from "./commands/logs.ts";
import { addRunVerbs } from "./commands/run-verbs.ts";
import { addStatus } from "./commands/status.ts";
import { addToken } from "./commands/token.ts";
import { EXIT } from "./exit-codes.ts";

const program = new Command("sitewright")
  .description("Rebuilds the client access points, logon points and distribution points of a recovered site.")
  .version(productVersion())
  .showHelpAfterError("(add --help for the options)")
  .exitOverride();

addCoordinator(program);
addRunVerbs(program);
addStatus(program);
addControlVerbs(program);
addToken(program);
addLink(program);
addLogs(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else {
    const { code, message } = SitewrightError.from(error);
    console.error(`sitewright: ${code}: ${message}`);
    process.exitCode = EXIT.failed;
  }
}
