import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { SEAL_BYTES, SitewrightError, type MediumKey } from "@sitewright/protocol";

const CIPHER = "aes-256-gcm";
/** Number of the first manifest in the nonces, above all packs. */
const MANIFESTS = 0x8000_0000;

/** The key of a system for encrypted media. */
export interface MediaKeyPair {
  /** PKCS8 PEM: the secret. */
  privateKey: string;
  /** X25519, 32 bytes. */
  publicKey: Uint8Array;
}

export function createMediaKeys(): MediaKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  return { privateKey: privateKey.export({ type: "pkcs8", format: "pem" }), publicKey: rawKey(publicKey) };
}

export function publicMediaKey(privateKey: string): Uint8Array {
  return rawKey(createPublicKey(privateKey));
}

/** @param key Of the medium, 32 bytes. @param to X25519, 32 bytes. */
export function sealMediumKey(medium: string, key: Uint8Array, { system, to }: { system: string; to: Uint8Array }): MediumKey {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const ephemeral = rawKey(publicKey);
  const wrapping = wrappingKey(privateKey, keyOf(to), `${medium} ${system}`);
  return { system, ephemeral, sealed: sealPiece(wrapping, { number: 0, at: 0 }, key) };
}

/** Throws `MEDIUM_LOCKED`. */
export function openMediumKey(medium: string, { system, ephemeral, sealed }: MediumKey, privateKey: string): Uint8Array {
  try {
    const wrapping = wrappingKey(createPrivateKey(privateKey), keyOf(ephemeral), `${medium} ${system}`);
    return openPiece(wrapping, { number: 0, at: 0 }, sealed);
  } catch (cause) {
    throw new SitewrightError(
      "MEDIUM_LOCKED",
      `the medium was encrypted to another key of ${system}: state its needs again with 'sitewright-agent media want', and have a medium written for them`,
      { cause },
    );
  }
}

/** Place of a piece on a medium. No two pieces under one key have the same. */
export interface PiecePlace {
  /** Of the pack, from 1. */
  number: number;
  /** Bytes. */
  at: number;
}

export function manifestPlace(index: number, at: number): PiecePlace {
  return { number: MANIFESTS + index, at };
}

/** The encrypted piece with its tag, `SEAL_BYTES` longer. */
export function sealPiece(key: Uint8Array, place: PiecePlace, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonce(place));
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** Throws for a piece that is not the one of this place. */
export function openPiece(key: Uint8Array, place: PiecePlace, sealed: Uint8Array): Uint8Array {
  if (sealed.length < SEAL_BYTES) throw new Error("the piece is too short");
  const decipher = createDecipheriv(CIPHER, key, nonce(place));
  decipher.setAuthTag(sealed.subarray(sealed.length - SEAL_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - SEAL_BYTES)), decipher.final()]);
}

function nonce({ number, at }: PiecePlace): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(number, 0);
  bytes.writeBigUInt64BE(BigInt(at), 4);
  return bytes;
}

function wrappingKey(privateKey: KeyObject, publicKey: KeyObject, purpose: string): Uint8Array {
  const shared = diffieHellman({ privateKey, publicKey });
  return new Uint8Array(hkdfSync("sha256", shared, "", `sitewright medium key v1 ${purpose}`, 32));
}

function rawKey(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
}

function keyOf(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "X25519", x: Buffer.from(raw).toString("base64url") }, format: "jwk" });
}
