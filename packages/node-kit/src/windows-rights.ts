import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, toNamespacedPath } from "node:path";
import { closedToOthers, fittedTo, hasOwnEntries, ownerIn, readOnlyForOthers } from "./security-descriptor.ts";

/** Access control lists and attributes of files on Windows, for which Node.js has no words. */
export interface WindowsRights {
  /** Whether this account, an administrator or the system owns it. */
  isTrustedOwner(path: string): boolean;
  /** The same of a named pipe. Throws `EBUSY` while all of its instances are taken. */
  isTrustedPipe(path: string): boolean;
  /** Closes a file or folder to all accounts but its owner, administrators and the system. False where its file system keeps no such list. */
  close(path: string): boolean;
  /** Hides a folder, and marks it as one of the system. */
  hide(path: string): void;
  /** Gives a folder the very list of another one, with what that has inherited. Returns whether it had another list. */
  copy(from: string, to: string): boolean;
  /** Lets clients write to a folder and to what is made in it, or not, if its list says otherwise. */
  fit(folder: string, clientsWrite: boolean): void;
  fits(folder: string, clientsWrite: boolean): boolean;
  /** Whether other accounts than its owner, administrators, the system and services may at most read it. */
  isReadOnlyForOthers(path: string): boolean;
  /** Whether its list is not just what it has inherited. */
  hasOwnEntries(path: string): boolean;
}

const OWNER = 1;
const DACL = 4;
const REVISION = 1;
const CLOSED = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";
const HIDDEN_AND_SYSTEM = 0x2 | 0x4;
const LONGEST = 64 * 1024;
/** In the control word of a descriptor: an inherited list stays marked as such only if that is requested too. */
const CONTROL = { at: 2, autoInherited: 0x0400, request: 0x0100 };

/** As Node.js calls errors of Windows. */
const CODES = new Map([
  [2, "ENOENT"],
  [5, "EPERM"],
  [231, "EBUSY"],
]);

/** The part of koffi that is used: its user loads it. */
export interface ForeignCalls {
  load(library: string): { func(declaration: string): (...args: unknown[]) => unknown };
  decode(value: unknown, type: string, length: number): unknown;
}

/** Only on Windows. */
export function windowsRights(library: ForeignCalls): WindowsRights {
  const advapi = library.load("advapi32.dll");
  const kernel = library.load("kernel32.dll");
  const getFile = advapi.func("bool __stdcall GetFileSecurityW(str16 path, uint32 parts, void *sd, uint32 length, _Out_ uint32 *needed)");
  const setFile = advapi.func("bool __stdcall SetFileSecurityW(str16 path, uint32 parts, void *sd)");
  const toText = advapi.func(
    "bool __stdcall ConvertSecurityDescriptorToStringSecurityDescriptorW(void *sd, uint32 revision, uint32 parts, _Out_ void **text, void *length)",
  );
  const fromText = advapi.func(
    "bool __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 text, uint32 revision, _Out_ void **sd, void *size)",
  );
  const free = kernel.func("void * __stdcall LocalFree(void *p)");
  const setAttributes = kernel.func("bool __stdcall SetFileAttributesW(str16 path, uint32 attributes)");
  const lastError = kernel.func("uint32 __stdcall GetLastError()");
  const buffer = Buffer.alloc(LONGEST);
  let own: string | undefined;

  function done(call: string, path: string, result: unknown): void {
    if (result) return;
    const number = Number(lastError());
    const code = CODES.get(number) ?? "EIO";
    throw Object.assign(new Error(`${code}: Windows error ${number}, ${call} '${path}'`), { code, syscall: call, path });
  }

  function read(path: string, parts: number): Buffer {
    const needed = [0];
    done("GetFileSecurityW", path, getFile(toNamespacedPath(path), parts, buffer, LONGEST, needed));
    return Buffer.from(buffer.subarray(0, needed[0]));
  }

  function textOf(path: string, parts: number): string {
    const out: unknown[] = [null];
    done("ConvertSecurityDescriptorToStringSecurityDescriptorW", path, toText(read(path, parts), REVISION, parts, out, null));
    const text = String(library.decode(out[0], "char16_t", -1));
    free(out[0]);
    return text;
  }

  function setText(path: string, text: string): void {
    const out: unknown[] = [null];
    done("ConvertStringSecurityDescriptorToSecurityDescriptorW", path, fromText(text, REVISION, out, null));
    try {
      done("SetFileSecurityW", path, setFile(toNamespacedPath(path), DACL, out[0]));
    } finally {
      free(out[0]);
    }
  }

  /** Owner of what this account creates: for an administrator that may be the group. */
  function ownOwner(): string {
    if (own !== undefined) return own;
    const probe = mkdtempSync(join(tmpdir(), "sitewright-owner-"));
    own = ownerIn(textOf(probe, OWNER));
    rmdirSync(probe);
    return own;
  }

  const isTrusted = (owner: string): boolean => ["SY", "BA"].includes(owner) || owner === ownOwner();

  return {
    isTrustedOwner: (path) => isTrusted(ownerIn(textOf(path, OWNER))),
    isTrustedPipe(path) {
      const owner = ownerIn(textOf(path, OWNER));
      // Windows gives each an owner, Wine none.
      return owner === "" || isTrusted(owner);
    },
    close(path) {
      const isClosed = () => closedToOthers(textOf(path, OWNER | DACL));
      if (isClosed()) return true;
      setText(path, CLOSED);
      return isClosed();
    },
    hide: (path) => done("SetFileAttributesW", path, setAttributes(toNamespacedPath(path), HIDDEN_AND_SYSTEM)),
    copy(from, to) {
      const wanted = read(from, DACL);
      if (wanted.equals(read(to, DACL))) return false;
      const control = wanted.readUInt16LE(CONTROL.at);
      if (control & CONTROL.autoInherited) wanted.writeUInt16LE(control | CONTROL.request, CONTROL.at);
      done("SetFileSecurityW", to, setFile(toNamespacedPath(to), DACL, wanted));
      return true;
    },
    fit(folder, clientsWrite) {
      const list = textOf(folder, DACL);
      const fitted = fittedTo(list, clientsWrite);
      if (fitted !== list) setText(folder, fitted);
    },
    fits(folder, clientsWrite) {
      const list = textOf(folder, DACL);
      return fittedTo(list, clientsWrite) === list;
    },
    isReadOnlyForOthers: (path) => readOnlyForOthers(textOf(path, OWNER | DACL)),
    hasOwnEntries: (path) => hasOwnEntries(textOf(path, DACL)),
  };
}
