import { runCli } from "./program.ts";

await runCli(async (options) => {
  // Imported only when needed: the other verbs use no coordinator code, and loading it takes several times as long as they run.
  const { runCoordinator } = await import("../main.ts");
  await runCoordinator(options);
});
