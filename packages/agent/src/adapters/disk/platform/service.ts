import { systemdService } from "../../service/systemd.ts";
import { windowsService } from "../../service/windows.ts";
import type { SystemService } from "../../service/port.ts";

/** How the agent is a service of this operating system. */
export const systemService: SystemService = process.platform === "win32" ? windowsService : systemdService;
