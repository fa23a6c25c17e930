import { toNamespacedPath } from "node:path";
import koffi from "koffi";

const MOUNT_POINT = 0xa0000003;
const SET_REPARSE_POINT = 0x000900a4;
const GENERIC_WRITE = 0x40000000;
const SHARE_ALL = 0x7;
const OPEN_EXISTING = 3;
/** To open a folder, and the junction itself instead of where it leads. */
const ITSELF = 0x02000000 | 0x00200000;
const INVALID = -1;
const CODES: Record<number, string> = { 1: "ENOTSUP", 2: "ENOENT", 3: "ENOENT", 5: "EPERM", 32: "EBUSY", 50: "ENOTSUP" };

/** Lets a junction lead to another folder, in one step. Throws with a system code. */
export function retargetJunction(place: string, folder: string): void {
  const { create, control, close, lastError } = calls();
  const failed = (call: string): Error => {
    const number = Number(lastError());
    const code = CODES[number] ?? "EIO";
    return Object.assign(new Error(`${code}: Windows error ${number}, ${call} '${place}'`), { code, syscall: call, path: place });
  };
  const handle = create(toNamespacedPath(place), GENERIC_WRITE, SHARE_ALL, null, OPEN_EXISTING, ITSELF, null) as number;
  if (Number(handle) === INVALID) throw failed("CreateFileW");
  try {
    const data = junctionData(folder);
    if (!control(handle, SET_REPARSE_POINT, data, data.length, null, 0, [0], null)) throw failed("DeviceIoControl");
  } finally {
    close(handle);
  }
}

/** `REPARSE_DATA_BUFFER` of a mount point. @param folder Absolute, on a drive. */
export function junctionData(folder: string): Buffer {
  const plain = folder.replaceAll("/", "\\").replace(/^\\\\\?\\/, "");
  const [target, shown] = [`\\??\\${plain}`, plain].map((text) => Buffer.from(`${text}\0`, "utf16le")) as [Buffer, Buffer];
  const head = Buffer.alloc(16);
  head.writeUInt32LE(MOUNT_POINT, 0);
  head.writeUInt16LE(8 + target.length + shown.length, 4); // of what follows the first eight bytes
  head.writeUInt16LE(target.length - 2, 10);
  head.writeUInt16LE(target.length, 12);
  head.writeUInt16LE(shown.length - 2, 14);
  return Buffer.concat([head, target, shown]);
}

function calls() {
  const kernel = koffi.load("kernel32.dll");
  return {
    create: kernel.func(
      "intptr __stdcall CreateFileW(str16 path, uint32 access, uint32 share, void *security, uint32 disposition, uint32 flags, void *template)",
    ),
    control: kernel.func(
      "bool __stdcall DeviceIoControl(intptr handle, uint32 code, void *in, uint32 inBytes, void *out, uint32 outBytes, _Out_ uint32 *returned, void *overlapped)",
    ),
    close: kernel.func("bool __stdcall CloseHandle(intptr handle)"),
    lastError: kernel.func("uint32 __stdcall GetLastError()"),
  };
}
