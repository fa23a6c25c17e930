import { runCli } from "./program.ts";

// Imported only when needed: the other verbs use no coordinator code, and loading it takes several times as long as they run.
await runCli({
  async runCoordinator(options) {
    const { runCoordinator } = await import("../main.ts");
    await runCoordinator(options);
  },
  readSiteData: async (folder) => (await import("../read-site-data.ts")).readSiteData(folder),
  backups: {
    save: async (request) => (await import("../backups.ts")).backups.save(request),
    restore: async (request) => (await import("../backups.ts")).backups.restore(request),
    prepareStandIn: async (dataDir) => (await import("../backups.ts")).backups.prepareStandIn(dataDir),
  },
  media: {
    plan: async (request) => (await import("../media.ts")).mediaTools.plan(request),
    requireFree: async (to) => (await import("../media.ts")).mediaTools.requireFree(to),
    write: async (...request) => (await import("../media.ts")).mediaTools.write(...request),
    verify: async (medium) => (await import("../media.ts")).mediaTools.verify(medium),
    extract: async (...request) => (await import("../media.ts")).mediaTools.extract(...request),
  },
});
