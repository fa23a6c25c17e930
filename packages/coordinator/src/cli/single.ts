import { SitewrightError } from "@sitewright/protocol";
import { runCli } from "./program.ts";

/** Entry of the single executable: the operator's program without the coordinator, whose pages and Redis are no part of it. */
const refuse = () =>
  Promise.reject(
    new SitewrightError(
      "BAD_REQUEST",
      "this executable is the operator's program alone: run the coordinator, backup, restore and media from its package or from the project's folder",
    ),
  );

await runCli({
  runCoordinator: refuse,
  backups: { save: refuse, restore: refuse, prepareStandIn: refuse },
  readSiteData: refuse,
  media: { plan: refuse, requireFree: refuse, write: refuse, verify: refuse, extract: refuse },
});
