import koffi from "koffi";

/** What a client has open over SMB. */
export interface OpenFile {
  path: string;
  user: string;
}

const LEVEL = 3;
const ALL = 0xffffffff;
const SHOWN = 3;

/**
 * What clients have open in a folder of this server, as `Get-SmbOpenFile` lists it; nothing if Windows does not say. Programs of the server
 * itself are not among them.
 */
export function openByClients(folder: string): OpenFile[] {
  try {
    const netapi = koffi.load("netapi32.dll");
    const list = netapi.func(
      "uint32 __stdcall NetFileEnum(str16 server, str16 folder, str16 user, uint32 level, _Out_ void **buffer, uint32 most, _Out_ uint32 *read, _Out_ uint32 *all, void *resume)",
    );
    const free = netapi.func("uint32 __stdcall NetApiBufferFree(void *buffer)");
    const [buffer, read, all]: [unknown[], number[], number[]] = [[null], [0], [0]];
    const status = Number(list(null, folder, null, LEVEL, buffer, ALL, read, all, null));
    try {
      return status === 0 ? decodeOpenFiles(buffer[0], read[0] ?? 0).filter(({ path }) => isBelow(path, folder)) : [];
    } finally {
      free(buffer[0]);
    }
  } catch {
    return []; // it only adds to a message
  }
}

/** @param buffer Holds so many entries of level 3. */
export function decodeOpenFiles(buffer: unknown, count: number): OpenFile[] {
  if (count === 0) return [];
  const entry = openFileType();
  const entries = koffi.decode(buffer, koffi.array(entry, count)) as { path: string | null; user: string | null }[];
  return entries.map(({ path, user }) => ({ path: path ?? "", user: user ?? "" }));
}

let type: ReturnType<typeof koffi.struct> | undefined;

export function openFileType(): ReturnType<typeof koffi.struct> {
  type ??= koffi.struct({ id: "uint32", permissions: "uint32", locks: "uint32", path: "str16", user: "str16" });
  return type;
}

/** The list also has neighbours whose names begin alike. */
export function isBelow(path: string, folder: string): boolean {
  const [name, top] = [path.toLowerCase(), folder.toLowerCase()];
  return name === top || name.startsWith(`${top}\\`);
}

/** In words; empty for none. */
export function openWords(files: readonly OpenFile[]): string {
  const words = files.slice(0, SHOWN).map(({ path, user }) => `${path} by ${user === "" ? "a client without a name" : user}`);
  const more = files.length > SHOWN ? ` and ${files.length - SHOWN} more` : "";
  return words.length === 0 ? "" : `open is ${words.join(", ")}${more}`;
}
