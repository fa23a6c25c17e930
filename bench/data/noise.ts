import { createCipheriv, createHash } from "node:crypto";

/** Incompressible bytes, the same for the same name on every machine, at the speed of AES. */
export function noise(bytes: number, name: string): Buffer {
  const key = createHash("sha256").update(name).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
