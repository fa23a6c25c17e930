// A service of Windows for the tests. usage: service.mjs NAME FOLDER
// Writes `start NAME` and `stop NAME` to FOLDER\services.log. While there is FOLDER\NAME.slow its stop does not end, with FOLDER\NAME.stays it
// cannot be stopped, with FOLDER\NAME.fails it ends at once.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const [name, folder] = process.argv.slice(2);
const loaded = { exports: {} };
process.dlopen(loaded, join(import.meta.dirname, "koffi.node"));
const koffi = loaded.exports;

const advapi = koffi.load("advapi32.dll");
const mainType = koffi.proto("void __stdcall ServiceMain(uint32 count, void *words)");
const handlerType = koffi.proto("uint32 __stdcall ServiceHandler(uint32 control, uint32 type, void *data, void *context)");
const entry = koffi.struct({ name: "str16", main: koffi.pointer(mainType) });
const connect = advapi.func("__stdcall", "StartServiceCtrlDispatcherW", "int", [koffi.pointer(entry)]);
const register = advapi.func("__stdcall", "RegisterServiceCtrlHandlerExW", "void *", ["str16", koffi.pointer(handlerType), "void *"]);
const setStatus = advapi.func("bool __stdcall SetServiceStatus(void *handle, void *status)");

const OWN_PROCESS = 0x10;
const [STOPPED, STOP_PENDING, RUNNING] = [1, 3, 4];
const CONTROL_STOP = 1;
const ACCEPT_STOP = 1;
const EVERY_MS = 200;
const is = (word) => existsSync(join(folder, `${name}.${word}`));
const note = (word) => appendFileSync(join(folder, "services.log"), `${word} ${name}\r\n`);

let handle;
let watched;
function report(state, exit = 0) {
  const status = Buffer.alloc(7 * 4);
  const accepted = state === RUNNING && !is("stays") ? ACCEPT_STOP : 0;
  if (state !== RUNNING) clearInterval(watched);
  [OWN_PROCESS, state, accepted, exit, 0, 0, 30_000].forEach((value, i) => status.writeUInt32LE(value, i * 4));
  setStatus(handle, status);
}

function stop() {
  report(STOP_PENDING);
  end();
}

function end() {
  if (is("slow")) return void setTimeout(end, EVERY_MS);
  try {
    note("stop");
  } finally {
    report(STOPPED);
  }
}

const handler = koffi.register((control) => {
  if (control === CONTROL_STOP) setImmediate(stop);
  return 0;
}, koffi.pointer(handlerType));
const main = koffi.register(() => {
  handle = register(name, handler, null);
  if (is("fails")) return report(STOPPED, 2);
  note("start");
  report(RUNNING);
  // Whether it can be stopped may change.
  watched = setInterval(() => report(RUNNING), EVERY_MS);
}, koffi.pointer(mainType));
// Ends when the service has stopped.
connect.async(
  [
    { name, main },
    { name: null, main: null },
  ],
  () => process.exit(0),
);
