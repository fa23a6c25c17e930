import koffi from "koffi";
import { SitewrightError } from "@sitewright/protocol";

const OWN_PROCESS = 0x10;
const STATES = { stopped: 1, startPending: 2, stopPending: 3, running: 4 } as const;
const CONTROLS = { stop: 1, interrogate: 4, shutdown: 5 } as const;
const ACCEPTED = 0x1 | 0x4;
const NOT_IMPLEMENTED = 120;
/** `ERROR_SERVICE_SPECIFIC_ERROR`. */
const FAILED = 1066;
/** How long the next report may take, ms. */
const HINT_MS = 30_000;
/** Time limit of an orderly stop: at a shutdown, Windows waits for 5 s. */
const STOP_MS = 4_500;

/**
 * Tells the service control manager that this process is its service, and runs `work`. However the process ends, that is reported: until
 * then the call to the manager continues, and Node.js waits for it.
 */
export async function dispatch(name: string, work: (signal: AbortSignal, started: () => void) => Promise<void>): Promise<void> {
  const { connect, register, setStatus, mainType, handlerType } = calls();
  const stop = new AbortController();
  const ended = Promise.withResolvers<void>();
  let handle: unknown;
  let last: keyof typeof STATES | undefined;
  let check = 0;

  function report(state: keyof typeof STATES, isFailure = false): void {
    last = state;
    const isPending = state === "startPending" || state === "stopPending";
    setStatus(handle, {
      type: OWN_PROCESS,
      state: STATES[state],
      accepted: state === "running" ? ACCEPTED : 0,
      exit: isFailure ? FAILED : 0,
      specific: isFailure ? 1 : 0,
      check: isPending ? ++check : 0,
      hint: isPending ? HINT_MS : 0,
    });
  }

  const handler = koffi.register((control: number): number => {
    if (control === CONTROLS.interrogate) return 0;
    if (control !== CONTROLS.stop && control !== CONTROLS.shutdown) return NOT_IMPLEMENTED;
    if (stop.signal.aborted) return 0;
    report("stopPending");
    stop.abort();
    setTimeout(() => {
      report("stopped");
      process.exit(0);
    }, STOP_MS).unref();
    return 0;
  }, koffi.pointer(handlerType));
  const main = koffi.register(() => {
    handle = register(name, handler, null);
    report("startPending");
    work(stop.signal, () => report("running")).then(
      () => {
        report("stopped");
        ended.resolve();
      },
      (error: unknown) => ended.reject(error),
    );
  }, koffi.pointer(mainType));
  process.once("exit", () => {
    if (last !== undefined && last !== "stopped") report("stopped", true);
  });
  const table = [
    { name, main },
    { name: null, main: null },
  ];
  connect.async(table, (error: unknown, isConnected: number) => {
    if (error || !isConnected)
      ended.reject(new SitewrightError("BAD_REQUEST", "Windows runs this, after 'sitewright-agent service install'"));
  });
  await ended.promise;
}

function calls() {
  const advapi = koffi.load("advapi32.dll");
  const mainType = koffi.proto("void __stdcall ServiceMain(uint32 count, void *words)");
  const handlerType = koffi.proto("uint32 __stdcall ServiceHandler(uint32 control, uint32 type, void *data, void *context)");
  const entry = koffi.struct({ name: "str16", main: koffi.pointer(mainType) });
  const status = koffi.struct({
    type: "uint32",
    state: "uint32",
    accepted: "uint32",
    exit: "uint32",
    specific: "uint32",
    check: "uint32",
    hint: "uint32",
  });
  return {
    mainType,
    handlerType,
    connect: advapi.func("__stdcall", "StartServiceCtrlDispatcherW", "int", [koffi.pointer(entry)]),
    register: advapi.func("__stdcall", "RegisterServiceCtrlHandlerExW", "void *", ["str16", koffi.pointer(handlerType), "void *"]),
    setStatus: advapi.func("__stdcall", "SetServiceStatus", "int", ["void *", koffi.pointer(status)]),
  };
}
