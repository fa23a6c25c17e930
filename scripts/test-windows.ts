import { build } from "./support/build.ts";
import { ensureInstalled } from "./support/installed.ts";
import { REDIS_SERVER } from "./support/redis-server.ts";
import { runToEnd } from "./support/run.ts";
import { ensureWindows } from "./support/windows/ensure-windows.ts";

/** The tests of the agent on Windows alone. Arguments are passed to vitest. */
ensureInstalled(REDIS_SERVER);
build();
const why = await ensureWindows();
if (why !== undefined) {
  console.error(`sitewright: the tests on Windows cannot run: ${why}`);
  process.exit(1);
}
// They share one Windows.
process.exit(runToEnd("vitest", ["run", "--project", "windows", "--maxWorkers", "2", ...process.argv.slice(2)]));
