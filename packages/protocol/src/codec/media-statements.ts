import { LIMITS } from "../limits.ts";
import {
  MEDIA_UNIT_STATES,
  MEDIUM_FORMAT,
  MEDIUM_LIMITS,
  type MediaNeeds,
  type MediaReceipt,
  type MediaUnitReport,
} from "../media/medium.ts";
import { boundedBytes, boundedList, boundedText, cutText, frameInvalid } from "./bounds.ts";
import { digestFromWire, digestToWire, safeInteger, unitFromWire, unitToWire, wire, type Wire } from "./common.ts";
import { asMedium, checkFormat, mediumId } from "./medium-table.ts";

export function encodeMediaNeeds(needs: MediaNeeds): Uint8Array {
  return wire.MediaNeeds.encode({ ...needs, format: MEDIUM_FORMAT }).finish();
}

/** Throws as `decodeMediumTable` does. */
export function decodeMediaNeeds(body: Uint8Array): MediaNeeds {
  return asMedium(() => {
    const needs = wire.MediaNeeds.decode(body) as Wire<"MediaNeeds">;
    checkFormat(needs.format);
    const key = boundedBytes(needs.key, "the key");
    if (key.length !== 32) throw frameInvalid("the key does not have 32 bytes");
    return {
      coordinator: boundedText(needs.coordinator, "the id of the coordinator"),
      system: boundedText(needs.system, "the name of the system"),
      madeAt: safeInteger(needs.madeAt, "time"),
      key,
      messages: messagesFromWire(needs.messages),
      packages: boundedList(needs.packages, "packages", MEDIUM_LIMITS.manifests).map((id) => boundedText(id, "the id of a package")),
    };
  });
}

export function encodeMediaReceipt({ units, medium = "", ...receipt }: MediaReceipt): Uint8Array {
  return wire.MediaReceipt.encode({
    ...receipt,
    format: MEDIUM_FORMAT,
    medium,
    units: units.map(({ unit, manifest, code = "", message = "", state }) => ({
      unit: unitToWire(unit),
      manifest: digestToWire(manifest),
      state,
      code,
      message,
    })),
  }).finish();
}

/** Throws as `decodeMediumTable` does. */
export function decodeMediaReceipt(body: Uint8Array): MediaReceipt {
  return asMedium(() => {
    const receipt = wire.MediaReceipt.decode(body) as Wire<"MediaReceipt">;
    checkFormat(receipt.format);
    return {
      coordinator: boundedText(receipt.coordinator, "the id of the coordinator"),
      system: boundedText(receipt.system, "the name of the system"),
      ...(receipt.medium ? { medium: mediumId(receipt.medium) } : {}),
      madeAt: safeInteger(receipt.madeAt, "time"),
      lastResult: safeInteger(receipt.lastResult, "the number of a result"),
      units: boundedList(receipt.units, "units", MEDIUM_LIMITS.manifests).map((one) => reportFromWire(one as Wire<"MediaUnitReport">)),
      messages: messagesFromWire(receipt.messages),
      log: boundedList(receipt.log, "lines of a log", LIMITS.logLines).map((line) => boundedText(line, "a line of a log", LIMITS.logLine)),
    };
  });
}

function reportFromWire({ unit, state: word, manifest, code, message }: Wire<"MediaUnitReport">): MediaUnitReport {
  const state = MEDIA_UNIT_STATES.find((known) => known === word);
  if (!state) throw frameInvalid("a unit is in no state that exists");
  return {
    unit: unitFromWire(unit),
    state,
    manifest: digestFromWire(manifest, "the name of a manifest"),
    ...(code ? { code: boundedText(code, "a code", LIMITS.messageWord) } : {}),
    ...(message ? { message: cutText(message) } : {}),
  };
}

function messagesFromWire(messages: readonly Uint8Array[] | null | undefined): Uint8Array[] {
  return boundedList(messages, "messages", MEDIUM_LIMITS.messages).map((bytes) => boundedBytes(bytes, "a message", LIMITS.controlFrame));
}
