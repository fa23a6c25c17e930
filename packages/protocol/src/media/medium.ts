import type { SuccessionStatement } from "../trust/succession.ts";
import type { Digest, Generation, Unit } from "../unit.ts";

/** The form of a medium: rises with each change that earlier versions could not read. */
export const MEDIUM_FORMAT = 1;

/** Where everything is on a volume. Names fit file systems without case. */
export const MEDIUM_PLACES = {
  /** The signed table. */
  table: "sitewright/table",
  manifests: "sitewright/manifests",
  packs: "sitewright/packs",
  /** On the volume from which a lost one can be computed. */
  parity: "sitewright/parity",
  /** What systems give back. */
  receipts: "receipts",
} as const;

/** Whether a folder of several volumes has one under this name: on FAT it may be shown in upper case. */
export function isVolumeName(name: string): boolean {
  return /^(volume-\d{1,4}|parity)$/i.test(name);
}

/** Every limit of a medium, bytes unless stated otherwise. */
export const MEDIUM_LIMITS = {
  table: 64 * 1024 * 1024,
  /** The file of a table, with its signature, and certificate and statements of who signed. */
  signedTable: 65 * 1024 * 1024,
  /** A file of a medium: one less than FAT32 takes. */
  file: 4 * 1024 ** 3 - 2,
  /** The needs of a system, or a receipt. */
  statement: 32 * 1024 * 1024,
  volumes: 1_000,
  packs: 100_000,
  manifests: 100_000,
  orders: 1_000_000,
  /** Tools and texts. */
  files: 1_000,
  /** Runs of chunks, of all manifests together. */
  runs: 4_000_000,
  /** Messages in needs or a receipt. */
  messages: 100_000,
} as const;

/** First bytes of a pack: which one of which medium it is, as text filled up with spaces. */
export const PACK_HEADER = 64;
/** By which an encrypted piece is longer. */
export const SEAL_BYTES = 16;
/** A manifest is encrypted in pieces of this size, before encryption. */
export const MANIFEST_PIECE = 1024 * 1024;

/** What is on a medium, where, and for whom. */
export interface MediumTable {
  /** Id of the hierarchy's coordinator. */
  coordinator: string;
  /** Id of the medium: 16 letters and digits. */
  medium: string;
  /** ms since 1970. */
  madeAt: number;
  /** Of all its orders. */
  generation: Generation;
  /** In the order in which they are activated. */
  orders: MediumOrder[];
  manifests: MediumManifest[];
  /** By number, the first one is 1. */
  packs: MediumPack[];
  /** Without the one of the parity. */
  volumes: number;
  /** There is one more volume, from which one that is lost can be computed: digests of its files, in their order. Empty: there is none. */
  parity: Digest[];
  /** Tools and texts, on the first volume. */
  files: MediumFile[];
  /** Not empty: packs and manifests are encrypted. */
  keys: MediumKey[];
  /** Also where a system holds a newer version of a unit, or other content under the same one. */
  acceptOlder: boolean;
}

/** A unit for a system, staged and activated as by an order of the coordinator. */
export interface MediumOrder {
  system: string;
  /** Index in the manifests. */
  manifest: number;
  /** How long the previous generation is kept, ms. */
  graceMs: number;
  /** What the line would take for it by the plan, ms; absent: there is none, or that is not known. */
  lineMs?: number;
}

export interface MediumManifest {
  unit: Unit;
  digest: Digest;
  /** Of the manifest, not encrypted. */
  bytes: number;
  files: number;
  sourceBytes: number;
  sourceVersion: number;
  /** Digest of its file as it is on the volumes. */
  stored: Digest;
  /** As orders name the content; absent: not known. */
  content?: string;
  runs: ChunkRuns;
}

/** Where the chunks of a manifest lie, run by run, from the first to the last: columns of equal length. */
export interface ChunkRuns {
  /** Consecutive chunks. */
  counts: readonly number[];
  /** Number of the pack that has them one after another; 0: they are not on the medium. */
  packs: readonly number[];
  /** Where the first of them begins, bytes from the start of the pack. */
  offsets: readonly number[];
}

export interface MediumPack {
  /** From 1. */
  volume: number;
  bytes: number;
  /** Of all of it. */
  digest: Digest;
}

export interface MediumFile {
  /** Below the volume, with slashes. */
  path: string;
  bytes: number;
  digest: Digest;
}

/** The key of an encrypted medium, for one system. */
export interface MediumKey {
  system: string;
  /** X25519. */
  ephemeral: Uint8Array;
  /** AES-256-GCM, with its tag. */
  sealed: Uint8Array;
}

/** A file with a signature over its body. */
export interface Signed {
  body: Uint8Array;
  signature: Uint8Array;
  /** Of a table: who signed it, and by what it succeeded other authorities. */
  authority?: SigningAuthority;
}

export interface SigningAuthority {
  /** Certificate, PEM. */
  ca: string;
  statements: readonly SuccessionStatement[];
}

/** What an agent holds and wants, stated for the next medium. */
export interface MediaNeeds {
  coordinator: string;
  system: string;
  /** ms since 1970. */
  madeAt: number;
  /** X25519, 32 bytes: media can be encrypted to it. */
  key: Uint8Array;
  /** Encoded messages of the agent: its inventory. */
  messages: Uint8Array[];
  /** Ids of the packages that are wanted; empty: all that the site data assign. */
  packages: string[];
}

/** Unit states of a receipt. */
export const MEDIA_UNIT_STATES = ["live", "incomplete", "failed"] as const;

export interface MediaUnitReport {
  unit: Unit;
  state: (typeof MEDIA_UNIT_STATES)[number];
  manifest: Digest;
  /** Why it is not live. */
  code?: string;
  message?: string;
}

/** What became of a medium on a system. */
export interface MediaReceipt {
  coordinator: string;
  system: string;
  /** Absent: it is about no medium. */
  medium?: string;
  /** ms since 1970. */
  madeAt: number;
  /** The highest number in the agent's outbox. */
  lastResult: number;
  units: MediaUnitReport[];
  /** Encoded messages of the agent: its inventory, and results that the coordinator has not acknowledged. */
  messages: Uint8Array[];
  /** The newest lines of the agent's log, oldest first, each one JSON object. */
  log: string[];
}

/** Who signs what: without it, the signature of one kind of statement could be used for another. */
const MEDIA_PURPOSES = {
  table: "sitewright medium v1\n",
  needs: "sitewright media needs v1\n",
  receipt: "sitewright media receipt v1\n",
} as const;

/** The bytes that are signed. */
export function mediaTranscript(purpose: keyof typeof MEDIA_PURPOSES, body: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(MEDIA_PURPOSES[purpose]);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/** Whether a person typed the SHA-256 that is shown: in letters of any size, also with spaces and colons. @param shown In hexadecimal. */
export function isTypedHash(typed: string, shown: string): boolean {
  return typed.toLowerCase().replaceAll(/[\s:]/g, "") === shown;
}

/** Name of a pack, of a manifest or of a part of the parity by its number. */
export function numberedName(number: number): string {
  return String(number).padStart(6, "0");
}

/** The text in the first bytes of a pack. */
export function packHeader(medium: string, number: number): Uint8Array {
  return new TextEncoder().encode(`sitewright pack ${MEDIUM_FORMAT} ${medium} ${numberedName(number)}`.padEnd(PACK_HEADER - 1) + "\n");
}

const MEDIUM_ID = /^[0-9a-z]{16}$/;

export function isMediumId(text: string): boolean {
  return MEDIUM_ID.test(text);
}
