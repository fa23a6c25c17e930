import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * What one coordinator states to another in a header: a text without spaces, and a code of it that only holders of the CA's key can make.
 * @param secret 32 bytes, the same for all coordinators of the hierarchy.
 * @param use Precedes the text in the code: that of one use proves nothing in another.
 */
export function state(text: string, secret: Uint8Array, use = ""): string {
  return `${text} ${codeOf(use + text, secret).toString("base64url")}`;
}

/** The text of such a header; undefined if its code does not prove it. */
export function proven(stated: string | string[] | undefined, secret: Uint8Array, use = ""): string | undefined {
  const [text = "", code = ""] = typeof stated === "string" ? stated.split(" ") : [];
  const [given, right] = [Buffer.from(code, "base64url"), codeOf(use + text, secret)];
  return given.length === right.length && timingSafeEqual(given, right) ? text : undefined;
}

function codeOf(text: string, secret: Uint8Array): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}
