import { getSystemErrorMessage, getSystemErrorName } from "node:util";
import koffi from "koffi";

/** A function of the C library that returns a number. */
export type NativeCall = (...args: unknown[]) => number;

export function nativeCalls<Name extends string>(declarations: Record<Name, string>): Record<Name, NativeCall> {
  const libc = koffi.load(null);
  const calls = Object.entries<string>(declarations).map(([name, declaration]) => [name, libc.func(declaration) as NativeCall]);
  return Object.fromEntries(calls) as Record<Name, NativeCall>;
}

/** Error number of the last call. */
export function lastError(call: string): Error {
  return systemError(koffi.errno(), call);
}

/** The error that Node.js would throw: with a code such as `ENOENT`. */
export function systemError(number: number, call: string): Error {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${code}: ${getSystemErrorMessage(-number)}, ${call}`), { code });
}
