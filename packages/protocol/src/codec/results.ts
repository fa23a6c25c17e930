import { isErrorCode } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Deviation, Outcome, Result } from "../orders.ts";
import { boundedText, cutText, frameInvalid } from "./bounds.ts";
import {
  checkedSize,
  digestFromWire,
  digestToWire,
  generationFromWire,
  generationToWire,
  heldGenerationFromWire,
  safeInteger,
  unitFromWire,
  unitToWire,
  type Wire,
} from "./common.ts";

export function resultToWire(result: Result) {
  return {
    number: checkedSize(result.number, "result number"),
    orderId: result.orderId,
    epoch: result.epoch,
    unit: unitToWire(result.unit),
    generation: generationToWire(result.generation),
    ...outcomeToWire(result.outcome),
  };
}

function outcomeToWire(outcome: Outcome) {
  switch (outcome.kind) {
    case "failed": {
      const { code, message, path, retryable, held } = outcome;
      return {
        failure: {
          code,
          message: cutText(message),
          path: cutText(path, LIMITS.path),
          retryable,
          held: held ? generationToWire(held) : null,
        },
      };
    }
    case "staged":
      return { staged: outcome };
    case "activated":
      return { activated: outcome };
    case "removed":
      return { removed: outcome };
    case "verified":
      return { verified: outcome };
    case "estimated":
      return { estimated: outcome };
    case "undone":
      return { undone: { manifest: digestToWire(outcome.manifest) } };
  }
}

export function resultFromWire(result: Wire<"Result">): Result {
  return {
    kind: "result",
    number: safeInteger(result.number, "result number"),
    orderId: boundedText(result.orderId, "an order's id"),
    epoch: result.epoch,
    unit: unitFromWire(result.unit),
    generation: generationFromWire(result.generation),
    outcome: outcomeFromWire(result),
  };
}

function outcomeFromWire(result: Wire<"Result">): Outcome {
  if (result.failure) {
    const { code, message, path, retryable, held } = result.failure;
    return {
      kind: "failed",
      code: code && isErrorCode(code) ? code : "INTERNAL",
      message: cutText(message),
      ...(path ? { path: cutText(path, LIMITS.path) } : {}),
      retryable: retryable ?? false,
      ...(held ? { held: heldGenerationFromWire(held) } : {}),
    };
  }
  if (result.staged) {
    const { files, reusedBytes, fetchedBytes, retriedBytes, peerBytes } = result.staged;
    return {
      kind: "staged",
      files: safeInteger(files, "files"),
      reusedBytes: safeInteger(reusedBytes, "reused bytes"),
      fetchedBytes: safeInteger(fetchedBytes, "fetched bytes"),
      retriedBytes: safeInteger(retriedBytes, "retried bytes"),
      ...peerBytesFromWire(peerBytes),
    };
  }
  if (result.activated) return { kind: "activated", folders: result.activated.folders ?? 0, previous: result.activated.previous ?? false };
  if (result.removed) return { kind: "removed", files: safeInteger(result.removed.files, "files") };
  if (result.verified) return verifiedFromWire(result.verified as Wire<"Verified">);
  if (result.estimated) {
    const { files, sourceBytes, presentBytes, indexAgeMs } = result.estimated;
    return {
      kind: "estimated",
      files: safeInteger(files, "files"),
      sourceBytes: safeInteger(sourceBytes, "source bytes"),
      presentBytes: safeInteger(presentBytes, "present bytes"),
      indexAgeMs: safeInteger(indexAgeMs, "index age"),
    };
  }
  if (result.undone) return { kind: "undone", manifest: digestFromWire(result.undone.manifest, "manifest") };
  throw frameInvalid("a result has no outcome that this version knows");
}

export function peerBytesFromWire(value: Parameters<typeof safeInteger>[0]): { peerBytes?: number } {
  const peerBytes = safeInteger(value, "bytes from neighbours");
  return peerBytes === 0 ? {} : { peerBytes };
}

function verifiedFromWire(verified: Wire<"Verified">): Outcome {
  return {
    kind: "verified",
    right: verified.right,
    absent: verified.absent,
    stale: verified.stale,
    files: safeInteger(verified.files, "files"),
    bytes: safeInteger(verified.bytes, "bytes"),
    deviations: deviationsFromWire(verified),
    deviationCount: safeInteger(verified.deviationCount, "deviations"),
    counts: {
      missing: safeInteger(verified.counts?.missing, "missing"),
      extra: safeInteger(verified.counts?.extra, "extra"),
      damaged: safeInteger(verified.counts?.damaged, "damaged"),
      rights: safeInteger(verified.counts?.rights, "rights"),
    },
  };
}

function deviationsFromWire({ deviations }: Wire<"Verified">): Deviation[] {
  let room: number = LIMITS.deviationPaths;
  return deviations.slice(0, LIMITS.deviations).flatMap(({ kind, path }) => {
    const deviation = { kind: deviationKind(kind), path: cutText(path, LIMITS.path) };
    room -= deviation.path.length;
    return room < 0 ? [] : [deviation];
  });
}

function deviationKind(kind: string | null | undefined): Deviation["kind"] {
  if (kind === "missing" || kind === "extra" || kind === "damaged" || kind === "rights") return kind;
  throw frameInvalid("a deviation is of an unknown kind");
}
