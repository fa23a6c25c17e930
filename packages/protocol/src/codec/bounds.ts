import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** Keeps texts, lists and byte strings of a message within their limits. A name beyond its limit is refused; text for a person is cut. */

export function frameInvalid(why: string, cause?: unknown): SitewrightError {
  return new SitewrightError("FRAME_INVALID", `the message was refused: ${why}`, { cause });
}

/** @param most Characters. */
export function boundedText(text: string | null | undefined, what: string, most: number = LIMITS.messageId): string {
  const value = text ?? "";
  if (value.length > most) throw frameInvalid(`${what} has ${value.length} characters, more than ${most}`);
  return value;
}

/** @param most Characters. */
export function cutText(text: string | null | undefined, most: number = LIMITS.messageText): string {
  const value = text ?? "";
  return value.length <= most ? value : `${value.slice(0, most - 1).toWellFormed()}\u2026`;
}

export function boundedList<T>(list: readonly T[] | null | undefined, what: string, most: number): readonly T[] {
  const value = list ?? [];
  if (value.length > most) throw frameInvalid(`there are ${value.length} ${what} in it, more than ${most}`);
  return value;
}

export function boundedBytes(bytes: Uint8Array | null | undefined, what: string, most: number = LIMITS.messageKey): Uint8Array {
  const value = new Uint8Array(bytes ?? []);
  if (value.length > most) throw frameInvalid(`${what} has ${value.length} bytes, more than ${most}`);
  return value;
}

/**
 * Checks the fields of a message before they are decoded into objects: one body per message, and a limited number of fields per body. A
 * megabyte of empty list entries would otherwise block the process for a quarter of a second.
 */
export function checkFields(message: Uint8Array): void {
  let bodies = 0;
  walkFields(message, (from, to) => {
    if (++bodies > 1) throw frameInvalid("it has more than one body");
    let fields = 0;
    walkFields(message.subarray(from, to), () => {
      if (++fields > LIMITS.messageFields) throw frameInvalid(`it has more than ${LIMITS.messageFields} fields`);
    });
  });
}

/** Finds where the content of each field lies. Stops at bytes that cannot be read: the decoder reports why. */
function walkFields(bytes: Uint8Array, each: (from: number, to: number) => void): void {
  let at = 0;

  function varint(): number {
    let value = 0;
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return NaN;
  }

  while (at < bytes.length) {
    const type = varint() % 8;
    let from = at;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      from = at;
      at += length;
    } else return;
    if (!(at <= bytes.length)) return;
    each(from, at);
  }
}
