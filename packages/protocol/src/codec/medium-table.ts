import { SitewrightError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import {
  isMediumId,
  MEDIUM_FORMAT,
  MEDIUM_LIMITS,
  PACK_HEADER,
  type ChunkRuns,
  type MediumFile,
  type MediumKey,
  type MediumManifest,
  type MediumOrder,
  type MediumPack,
  type MediumTable,
  type Signed,
} from "../media/medium.ts";
import { parseTreePath } from "../manifest/tree-path.ts";
import { isSuccessionStatement, MOST_STATEMENTS, type SuccessionStatement } from "../trust/succession.ts";
import { isPlausibleGeneration } from "../unit.ts";
import { boundedBytes, boundedList, boundedText, frameInvalid } from "./bounds.ts";
import {
  checkedSize,
  decodeSafely,
  digestFromWire,
  digestToWire,
  generationFromWire,
  generationToWire,
  safeInteger,
  unitFromWire,
  unitToWire,
  wire,
  type Wire,
} from "./common.ts";

export function encodeSigned({ body, signature, authority }: Signed): Uint8Array {
  const statements = (authority?.statements ?? []).map((statement) => JSON.stringify(statement));
  return wire.Signed.encode({ body, signature, ca: authority?.ca ?? "", statements }).finish();
}

/** @param most Bytes. Throws `MEDIUM_INVALID`. */
export function decodeSigned(bytes: Uint8Array, most: number): Signed {
  return asMedium(() => {
    if (bytes.length > most) throw frameInvalid(`it has ${bytes.length} bytes, over the limit of ${most}`);
    const { body, signature, ca, statements } = wire.Signed.decode(bytes) as Wire<"Signed">;
    const authority = ca ? { ca: boundedText(ca, "the certificate", MOST_PEM), statements: statementsFromWire(statements) } : undefined;
    return {
      body: new Uint8Array(body ?? []),
      signature: boundedBytes(signature, "the signature"),
      ...(authority ? { authority } : {}),
    };
  });
}

export function encodeMediumTable(table: MediumTable): Uint8Array {
  const { parity, ...rest } = table;
  return wire.MediaTable.encode({
    ...rest,
    parity: parity.length > 0,
    parityDigests: parity.map(digestToWire),
    format: MEDIUM_FORMAT,
    madeAt: checkedSize(table.madeAt, "time"),
    generation: generationToWire(table.generation),
    manifests: table.manifests.map(({ unit, digest, stored, runs, content = "", ...facts }) => ({
      ...facts,
      content,
      unit: unitToWire(unit),
      digest: digestToWire(digest),
      stored: digestToWire(stored),
      counts: runs.counts as number[],
      packs: runs.packs as number[],
      offsets: runs.offsets as number[],
    })),
    packs: table.packs.map((pack) => ({ ...pack, digest: digestToWire(pack.digest) })),
    files: table.files.map((file) => ({ ...file, digest: digestToWire(file.digest) })),
  }).finish();
}

/** Reads the body of a table, whoever signed it. Throws `MEDIUM_INVALID`, `VERSION_UNSUPPORTED`, `UNSAFE_PATH`. */
export function decodeMediumTable(body: Uint8Array): MediumTable {
  return asMedium(() => {
    const table = wire.MediaTable.decode(body) as Wire<"MediaTable">;
    checkFormat(table.format);
    const manifests = boundedList(table.manifests, "manifests", MEDIUM_LIMITS.manifests).map((one) =>
      manifestFromWire(one as Wire<"MediaManifest">),
    );
    const packs = boundedList(table.packs, "packs", MEDIUM_LIMITS.packs).map((one) => packFromWire(one as Wire<"MediaPack">));
    const volumes = table.volumes ?? 0;
    if (volumes < 1 || volumes > MEDIUM_LIMITS.volumes) throw frameInvalid(`it has ${volumes} volumes`);
    if (packs.some(({ volume }) => volume < 1 || volume > volumes)) throw frameInvalid("a pack is on a volume that does not exist");
    if (manifests.reduce((sum, { runs }) => sum + runs.counts.length, 0) > MEDIUM_LIMITS.runs) throw frameInvalid("it has too many runs");
    for (const { runs } of manifests) checkRuns(runs, packs);
    const generation = generationFromWire(table.generation);
    if (!isPlausibleGeneration(generation)) throw frameInvalid("its generation is implausible");
    return {
      coordinator: boundedText(table.coordinator, "the id of the coordinator"),
      medium: mediumId(table.medium),
      madeAt: safeInteger(table.madeAt, "time"),
      generation,
      orders: boundedList(table.orders, "orders", MEDIUM_LIMITS.orders).map((one) =>
        orderFromWire(one as Wire<"MediaOrder">, manifests.length),
      ),
      manifests,
      packs,
      volumes,
      parity: boundedList(table.parityDigests, "files of the parity", MEDIUM_LIMITS.packs).map((one) =>
        digestFromWire(one, "a digest of the parity"),
      ),
      files: boundedList(table.files, "files", MEDIUM_LIMITS.files).map((one) => fileFromWire(one as Wire<"MediaFile">)),
      keys: boundedList(table.keys, "keys", MEDIUM_LIMITS.orders).map((one) => keyFromWire(one as Wire<"MediaKey">)),
      acceptOlder: table.acceptOlder ?? false,
    };
  });
}

/** Characters. */
const MOST_PEM = 64 * 1024;

function statementsFromWire(statements: readonly string[] | null | undefined): SuccessionStatement[] {
  return boundedList(statements, "statements", MOST_STATEMENTS).map((text) => {
    const statement: unknown = JSON.parse(boundedText(text, "a statement", MOST_PEM));
    if (!isSuccessionStatement(statement)) throw frameInvalid("a statement about a succession has another form");
    return statement;
  });
}

function orderFromWire({ system, manifest, graceMs, lineMs }: Wire<"MediaOrder">, manifests: number): MediumOrder {
  if ((manifest ?? 0) >= manifests) throw frameInvalid("an order names a manifest that does not exist");
  const [grace, line] = [safeInteger(graceMs, "grace time"), safeInteger(lineMs, "time of the line")];
  return {
    system: boundedText(system, "the name of a system"),
    manifest: manifest ?? 0,
    graceMs: grace,
    ...(line > 0 ? { lineMs: line } : {}),
  };
}

function manifestFromWire(one: Wire<"MediaManifest">): MediumManifest {
  const bytes = safeInteger(one.bytes, "size of a manifest");
  if (bytes > LIMITS.manifest) throw frameInvalid(`a manifest has ${bytes} bytes, over the limit of ${LIMITS.manifest}`);
  const content = boundedText(one.content, "the name of content");
  return {
    unit: unitFromWire(one.unit),
    digest: digestFromWire(one.digest, "the name of a manifest"),
    bytes,
    stored: digestFromWire(one.stored, "the digest of a manifest"),
    files: safeInteger(one.files, "files"),
    sourceBytes: safeInteger(one.sourceBytes, "bytes"),
    sourceVersion: one.sourceVersion ?? 0,
    ...(content === "" ? {} : { content }),
    runs: { counts: one.counts ?? [], packs: one.packs ?? [], offsets: one.offsets ?? [] },
  };
}

/** That the chunks of a run end within its pack shows when they are read. */
function checkRuns({ counts, packs, offsets }: ChunkRuns, known: readonly MediumPack[]): void {
  if (counts.length !== packs.length || counts.length !== offsets.length) throw frameInvalid("the runs of a manifest are incomplete");
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) throw frameInvalid("a run is empty");
    const number = packs[i] as number;
    if (number === 0) continue;
    const pack = known[number - 1];
    const offset = offsets[i] as number;
    if (!pack || offset < PACK_HEADER || offset >= pack.bytes) throw frameInvalid("a run lies in no pack");
  }
}

function packFromWire({ volume, bytes, digest }: Wire<"MediaPack">): MediumPack {
  const size = safeInteger(bytes, "size of a pack");
  if (size < PACK_HEADER || size > MEDIUM_LIMITS.file) throw frameInvalid(`a pack has ${size} bytes`);
  return { volume: volume ?? 0, bytes: size, digest: digestFromWire(digest, "the digest of a pack") };
}

function fileFromWire({ path, bytes, digest }: Wire<"MediaFile">): MediumFile {
  return {
    path: parseTreePath(path ?? ""),
    bytes: safeInteger(bytes, "size of a file"),
    digest: digestFromWire(digest, "the digest of a file"),
  };
}

function keyFromWire({ system, ephemeral, sealed }: Wire<"MediaKey">): MediumKey {
  return {
    system: boundedText(system, "the name of a system"),
    ephemeral: boundedBytes(ephemeral, "a key"),
    sealed: boundedBytes(sealed, "a sealed key"),
  };
}

/** Throws `VERSION_UNSUPPORTED`. */
export function checkFormat(format: number | null | undefined): void {
  if (format === MEDIUM_FORMAT) return;
  if ((format ?? 0) < MEDIUM_FORMAT) throw frameInvalid("it states no format");
  throw new SitewrightError(
    "VERSION_UNSUPPORTED",
    `the medium was written by a newer version (its form is ${format}, and this one knows forms up to ${MEDIUM_FORMAT}): use that version`,
  );
}

export function mediumId(text: string | null | undefined): string {
  if (!isMediumId(text ?? "")) throw frameInvalid("it has no id of a medium");
  return text as string;
}

/** What is wrong with the bytes of a frame is here said of a file. Throws `MEDIUM_INVALID`. */
export function asMedium<T>(decode: () => T): T {
  try {
    return decodeSafely(decode);
  } catch (error) {
    const { code, message } = SitewrightError.from(error);
    if (code !== "FRAME_INVALID") throw error;
    throw new SitewrightError("MEDIUM_INVALID", message.replace("the message was refused: ", "this is no file of a medium: "), {
      cause: error,
    });
  }
}
