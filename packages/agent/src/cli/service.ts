import { readAgentFile } from "../adapters/join/agent-file.ts";
import { installSystemdService } from "../adapters/service/systemd.ts";

/** `sitewright-agent service install`: throws `NOT_JOINED`, `BAD_REQUEST`, `IO_ERROR`. */
export async function installService(dataDir: string): Promise<string> {
  return installSystemdService((await readAgentFile(dataDir)).roots.map(({ path }) => path));
}
