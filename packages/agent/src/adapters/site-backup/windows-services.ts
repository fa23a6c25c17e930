import { setTimeout as sleep } from "node:timers/promises";
import koffi from "koffi";
import { SitewrightError } from "@sitewright/protocol";
import type { MachineStart, SiteServices } from "../../app/site-backup/ports.ts";

/** Time limit of a stop and of a start, ms. */
const REQUEST_MS = 300_000;
const POLL_MS = 100;

const STOPPED = 1;
const START_PENDING = 2;
const STOP_PENDING = 3;

/** Rights to a service. */
const CONNECT = 0x1;
const [QUERY_CONFIG, CHANGE_CONFIG, QUERY_STATUS, START, STOP] = [0x1, 0x2, 0x4, 0x10, 0x20];
const CONTROL_STOP = 1;
const NO_CHANGE = 0xffffffff;
const AUTO_START = 2;
const DEMAND_START = 3;
const DELAYED_INFO = 3;
/** Bytes of a service's status, and of its configuration at most. */
const STATUS_BYTES = 7 * 4;
const LARGEST_CONFIG = 8 * 1024;

const ALREADY_RUNNING = 1056;
const TAKES_NO_CONTROL_NOW = 1061;
const NOT_RUNNING = 1062;
/** In words of our own: those of Windows are in the language of the machine. */
const WORDS: Record<number, string> = {
  5: "Windows refuses it to this account: run this as an administrator",
  1051: "a service that depends on it runs: name that one first under [Stop]",
  1052: "it does not let itself be stopped",
  1053: "it does not answer in time",
  1058: "it is disabled",
  1060: "there is no such service",
  1068: "a service that it depends on does not start",
  1069: "its account cannot log on",
  1072: "it is marked to be removed",
};

/**
 * Services of Windows, by the calls of the service control manager: what `sc.exe` prints is in the language of the machine, and tells the
 * start type of a service only in such words.
 */
export const windowsServices: SiteServices = {
  isRunning: async (name) => withService(name, QUERY_STATUS, (service) => stateOf(service).state !== STOPPED),
  async stop(name, signal) {
    await settle(name, signal, (service, wasAsked) => {
      const { state } = stateOf(service);
      if (state === STOPPED) return "done";
      // One that starts or stops takes no control: it is asked when it has settled.
      if (wasAsked || state === STOP_PENDING) return "wait";
      const number = tried(calls().control(service, CONTROL_STOP, Buffer.alloc(STATUS_BYTES)), [NOT_RUNNING, TAKES_NO_CONTROL_NOW]);
      return number === 0 ? "asked" : "wait";
    });
  },
  async start(name) {
    await settle(name, undefined, (service, wasAsked) => {
      const { state, exit } = stateOf(service);
      if (state !== STOPPED) return state === START_PENDING || state === STOP_PENDING ? "wait" : "done";
      if (wasAsked) throw new Error(`it ended at once (${exit})`);
      tried(calls().start(service, 0, null), [ALREADY_RUNNING]);
      return "asked";
    });
  },
  startsWithMachine: async (name) =>
    withService(name, QUERY_CONFIG, (service) => {
      const config = Buffer.alloc(LARGEST_CONFIG);
      tried(calls().config(service, config, config.length, [0]));
      if (config.readUInt32LE(4) !== AUTO_START) return "no";
      const delayed = Buffer.alloc(4);
      // A Windows without that start type does not know the question.
      return calls().config2(service, DELAYED_INFO, delayed, delayed.length, [0]) && delayed.readUInt32LE(0) !== 0 ? "delayed" : "yes";
    }),
  setStartsWithMachine: async (name, starts) => withService(name, CHANGE_CONFIG, (service) => setStart(service, starts)),
};

function setStart(service: unknown, starts: MachineStart): void {
  const { change, change2 } = calls();
  const type = starts === "no" ? DEMAND_START : AUTO_START;
  tried(change(service, NO_CHANGE, type, NO_CHANGE, null, null, null, null, null, null, null));
  if (starts === "no") return;
  const delayed = Buffer.alloc(4);
  delayed.writeUInt32LE(starts === "delayed" ? 1 : 0);
  const isSet = change2(service, DELAYED_INFO, delayed);
  if (starts === "delayed") tried(isSet);
}

interface Status {
  state: number;
  /** Why it ended, in words. */
  exit: string;
}

/** Takes turns until one is done. Throws `IO_ERROR`. @param turn On an open service; told whether an earlier turn has asked for something. */
async function settle(
  name: string,
  signal: AbortSignal | undefined,
  turn: (service: unknown, wasAsked: boolean) => "done" | "asked" | "wait",
): Promise<void> {
  const until = performance.now() + REQUEST_MS;
  for (let wasAsked = false; ;) {
    signal?.throwIfAborted();
    const took = withService(name, QUERY_STATUS | START | STOP, (service) => turn(service, wasAsked));
    if (took === "done") return;
    if (took === "asked") wasAsked = true;
    if (performance.now() > until) throw faultOf(name, `it has not settled after ${REQUEST_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** @param access Rights that the work needs. */
function withService<T>(name: string, access: number, work: (service: unknown) => T): T {
  const { openManager, open, close } = calls();
  let [manager, service]: unknown[] = [];
  try {
    tried((manager = openManager(null, null, CONNECT)));
    tried((service = open(manager, name, access)));
    return work(service);
  } catch (error) {
    throw faultOf(name, (error as Error).message, error);
  } finally {
    if (service) close(service);
    if (manager) close(manager);
  }
}

function faultOf(name: string, why: string, cause?: unknown): SitewrightError {
  return new SitewrightError("IO_ERROR", `the service ${name}: ${why}`, { cause });
}

/** @param expected Numbers of errors that are none here. @returns The error's number; 0: there is none. */
function tried(result: unknown, expected: readonly number[] = []): number {
  if (result) return 0;
  const number = Number(calls().lastError());
  if (expected.includes(number)) return number;
  throw new Error(WORDS[number] ?? `Windows error ${number}`);
}

function stateOf(service: unknown): Status {
  const status = Buffer.alloc(STATUS_BYTES);
  tried(calls().status(service, status));
  const [state, exit, specific] = [4, 12, 16].map((at) => status.readUInt32LE(at)) as [number, number, number];
  return { state, exit: exit === SPECIFIC ? `its own error ${specific}` : `error ${exit}` };
}

/** `ERROR_SERVICE_SPECIFIC_ERROR`: the service has said one of its own. */
const SPECIFIC = 1066;

type Calls = Record<
  "openManager" | "open" | "close" | "status" | "control" | "start" | "config" | "config2" | "change" | "change2" | "lastError",
  (...args: unknown[]) => unknown
>;

let loaded: Calls | undefined;

function calls(): Calls {
  if (loaded) return loaded;
  const advapi = koffi.load("advapi32.dll");
  const call = (declaration: string) => advapi.func(declaration) as (...args: unknown[]) => unknown;
  loaded = {
    openManager: call("void * __stdcall OpenSCManagerW(str16 machine, str16 database, uint32 access)"),
    open: call("void * __stdcall OpenServiceW(void *manager, str16 name, uint32 access)"),
    close: call("bool __stdcall CloseServiceHandle(void *handle)"),
    status: call("bool __stdcall QueryServiceStatus(void *service, void *status)"),
    control: call("bool __stdcall ControlService(void *service, uint32 control, void *status)"),
    start: call("bool __stdcall StartServiceW(void *service, uint32 count, void *words)"),
    config: call("bool __stdcall QueryServiceConfigW(void *service, void *config, uint32 size, _Out_ uint32 *needed)"),
    config2: call("bool __stdcall QueryServiceConfig2W(void *service, uint32 level, void *info, uint32 size, _Out_ uint32 *needed)"),
    change: call(
      "bool __stdcall ChangeServiceConfigW(void *service, uint32 type, uint32 start, uint32 control, str16 path, str16 group, void *tag, str16 needs, str16 account, str16 password, str16 shown)",
    ),
    change2: call("bool __stdcall ChangeServiceConfig2W(void *service, uint32 level, void *info)"),
    lastError: koffi.load("kernel32.dll").func("uint32 __stdcall GetLastError()") as (...args: unknown[]) => unknown,
  };
  return loaded;
}
