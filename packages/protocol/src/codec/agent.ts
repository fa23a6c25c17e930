import type { Ranges } from "../content.ts";
import { LIMITS } from "../limits.ts";
import { isErrorCode } from "../errors.ts";
import type { AgentMessage, Held, Hello } from "../messages.ts";
import type { ContentPart, SeenObject } from "../queries.ts";
import type { Step } from "../orders.ts";
import { isPeerEndpoint } from "../peers/peer-ticket.ts";
import { ROLES } from "../unit-kinds.ts";
import { boundedBytes, boundedList, boundedText, cutText, frameInvalid } from "./bounds.ts";
import {
  checkedSize,
  contentFromWire,
  decodeMessage,
  digestFromWire,
  digestToWire,
  fenceFromWire,
  generationToWire,
  heldGenerationFromWire,
  roleWords,
  safeInteger,
  tenureFromWire,
  unitFromWire,
  unitToWire,
  wire,
  wordTable,
  type Wire,
} from "./common.ts";
import { siteBackupsFromWire, siteBackupsToWire } from "./site-backups.ts";
import { peerBytesFromWire, resultFromWire, resultToWire } from "./results.ts";

const stepWords = wordTable<Step>({
  indexing: wire.Step.STEP_INDEXING,
  fetching: wire.Step.STEP_FETCHING,
  checking: wire.Step.STEP_CHECKING,
  activating: wire.Step.STEP_ACTIVATING,
});

export function encodeAgentMessage(message: AgentMessage): Uint8Array {
  return wire.AgentMessage.encode(toWire(message)).finish();
}

/** Throws `FRAME_INVALID`. `limit`: bytes. */
export function decodeAgentMessage(bytes: Uint8Array, limit: number = LIMITS.controlFrame): AgentMessage {
  return decodeMessage(bytes, limit, () => fromWire(wire.AgentMessage.decode(bytes)));
}

function toWire(message: AgentMessage): Parameters<typeof wire.AgentMessage.encode>[0] {
  switch (message.kind) {
    case "hello":
      return { hello: helloToWire(message) };
    case "inventory":
      return { inventory: { digest: digestToWire(message.digest), units: message.units.map(heldToWire), last: message.last } };
    case "accepted":
      return { accepted: { orderId: message.orderId, epoch: message.epoch } };
    case "progress":
      return { progress: { ...message, step: stepWords.toWire(message.step) } };
    case "result":
      return { result: resultToWire(message) };
    case "log-lines":
      return { logLines: message };
    case "content-part":
      return { contentPart: partToWire(message) };
    case "peer-open":
      return { peerOpen: message.endpoint ?? {} };
    case "warnings":
      return { warnings: { texts: message.texts } };
    case "update-failed":
      return { updateFailed: { id: message.id, message: message.message } };
    case "site-backups":
      return { siteBackups: siteBackupsToWire(message) };
    case "unknown":
      throw new RangeError("an unknown message cannot be sent");
    case "holds":
      return { holds: { manifest: digestToWire(message.manifest), bounds: message.ranges.flat() } };
  }
}

function fromWire(message: Wire<"AgentMessage">): AgentMessage {
  if (message.hello) return helloFromWire(message.hello as Wire<"Hello">);
  if (message.inventory) {
    const { digest, units, last } = message.inventory;
    return {
      kind: "inventory",
      digest: digestFromWire(digest, "inventory"),
      units: boundedList(units, "units", LIMITS.inventoryPart).map((held) => heldFromWire(held as Wire<"Held">)),
      last: last ?? false,
    };
  }
  if (message.accepted)
    return { kind: "accepted", orderId: boundedText(message.accepted.orderId, "an order's id"), epoch: message.accepted.epoch ?? 0 };
  if (message.progress) {
    const { orderId, step, files, reusedBytes, fetchedBytes, retriedBytes, peerBytes, lookedBytes } = message.progress;
    const looked = safeInteger(lookedBytes, "looked bytes");
    return {
      kind: "progress",
      orderId: boundedText(orderId, "an order's id"),
      step: stepWords.fromWire(step, "step"),
      files: safeInteger(files, "files"),
      reusedBytes: safeInteger(reusedBytes, "reused bytes"),
      fetchedBytes: safeInteger(fetchedBytes, "fetched bytes"),
      retriedBytes: safeInteger(retriedBytes, "retried bytes"),
      ...peerBytesFromWire(peerBytes),
      ...(looked > 0 ? { lookedBytes: looked } : {}),
    };
  }
  if (message.result) return resultFromWire(message.result as Wire<"Result">);
  if (message.logLines) {
    const { id, lines, last } = message.logLines;
    const fitting = boundedList(lines, "lines", LIMITS.logLines).filter((line) => line.length <= LIMITS.logLine);
    return { kind: "log-lines", id: id ?? 0, lines: fitting, last: last ?? false };
  }
  if (message.contentPart) return partFromWire(message.contentPart as Wire<"ContentPart">);
  if (message.peerOpen) {
    const endpoint = { host: message.peerOpen.host ?? "", port: message.peerOpen.port ?? 0 };
    if (endpoint.host === "") return { kind: "peer-open" };
    if (!isPeerEndpoint(endpoint)) throw frameInvalid("the endpoint for neighbours is not an IP address with a port");
    return { kind: "peer-open", endpoint };
  }
  if (message.holds) {
    const { manifest, bounds } = message.holds;
    return {
      kind: "holds",
      manifest: digestFromWire(manifest, "manifest"),
      ranges: rangesFromWire(boundedList(bounds, "bounds", 2 * LIMITS.contentRanges)),
    };
  }
  if (message.warnings) {
    const texts = boundedList(message.warnings.texts, "warnings", LIMITS.warnings);
    return { kind: "warnings", texts: texts.map((text) => cutText(text, LIMITS.messageText)) };
  }
  if (message.updateFailed) {
    const { id, message: text } = message.updateFailed;
    return { kind: "update-failed", id: boundedText(id, "an update's id"), message: cutText(text, LIMITS.messageText) };
  }
  if (message.siteBackups) return siteBackupsFromWire(message.siteBackups as Wire<"SiteBackups">);
  return { kind: "unknown" };
}

function rangesFromWire(bounds: readonly number[]): Ranges {
  const ranges: Ranges = [];
  for (let i = 0; i + 1 < bounds.length; i += 2) {
    const [from, to] = [bounds[i] as number, bounds[i + 1] as number];
    if (from > to || from <= (ranges.at(-1)?.[1] ?? -1)) throw frameInvalid("ranges of chunks do not ascend");
    ranges.push([from, to]);
  }
  return ranges;
}

function helloToWire(hello: Hello) {
  return {
    ...hello,
    roles: hello.roles.map(roleWords.toWire),
    inventoryDigest: digestToWire(hello.inventoryDigest),
    highest: hello.highest ? generationToWire(hello.highest) : null,
    seenRestored: hello.seen?.restored ?? 0,
    seenStarted: hello.seen?.started ?? 0,
  };
}

function helloFromWire(hello: Wire<"Hello">): Hello {
  return {
    kind: "hello",
    name: boundedText(hello.name, "the name"),
    version: hello.version,
    signature: boundedBytes(hello.signature, "the signature"),
    agentVersion: cutText(hello.agentVersion, LIMITS.messageWord),
    platform: cutText(hello.platform, LIMITS.messageWord),
    roles: boundedList(hello.roles, "roles", ROLES.length).map((role) => roleWords.fromWire(role, "role")),
    inventoryDigest: digestFromWire(hello.inventoryDigest, "inventory"),
    ...(hello.highest ? fenceFromWire(hello.highest) : {}),
    lastResult: safeInteger(hello.lastResult, "last result"),
    ...(hello.answersQueries ? { answersQueries: true } : {}),
    ...(hello.switching ? { switching: cutText(hello.switching, LIMITS.messageText) } : {}),
    ...(hello.instance ? { instance: cutText(hello.instance, LIMITS.messageWord) } : {}),
    ...tenureFromWire("seen", hello.seenRestored, hello.seenStarted),
    ...(hello.program ? { program: cutText(hello.program, LIMITS.messageWord) } : {}),
  };
}

function partToWire({ id, bytes, objects = [], remembered = [], last, failure }: ContentPart) {
  return {
    id,
    bytes: bytes ?? new Uint8Array(),
    objects: objects.map(objectToWire),
    remembered: remembered.map(objectToWire),
    last,
    code: failure?.code ?? "",
    message: failure?.message ?? "",
  };
}

function objectToWire(object: SeenObject) {
  return { ...object, number: checkedSize(object.number ?? 0, "number"), hash: digestToWire(object.hash) };
}

function objectFromWire({ path, number, hash, size }: Wire<"SeenObject">): SeenObject {
  const stated = safeInteger(number, "number");
  const numbered = stated === 0 ? {} : { number: stated };
  return {
    path: boundedText(path, "a path", LIMITS.path),
    ...numbered,
    hash: digestFromWire(hash, "hash"),
    size: safeInteger(size, "size"),
  };
}

function partFromWire({ id, bytes, objects, remembered, last, code, message }: Wire<"ContentPart">): ContentPart {
  const objectsOf = (list: typeof objects, what: string): SeenObject[] =>
    boundedList(list, what, LIMITS.definitionsPart).map((one) => objectFromWire(one as Wire<"SeenObject">));
  const seen = objectsOf(objects, "objects");
  const before = objectsOf(remembered, "remembered objects");
  const failure =
    code === ""
      ? {}
      : { failure: { code: isErrorCode(code) ? code : ("INTERNAL" as const), message: cutText(message, LIMITS.messageText) } };
  return {
    kind: "content-part",
    id,
    ...(bytes.length > 0 ? { bytes: boundedBytes(bytes, "the content", LIMITS.queryPart) } : {}),
    ...(seen.length > 0 ? { objects: seen } : {}),
    ...(before.length > 0 ? { remembered: before } : {}),
    last,
    ...failure,
  };
}

function heldToWire(held: Held) {
  return {
    unit: unitToWire(held.unit),
    highest: held.highest ? generationToWire(held.highest) : null,
    live: held.live ? generationToWire(held.live.generation) : null,
    liveManifest: held.live ? digestToWire(held.live.manifest) : new Uint8Array(),
    staged: held.staged ? generationToWire(held.staged.generation) : null,
    stagedManifest: held.staged ? digestToWire(held.staged.manifest) : new Uint8Array(),
    previous: held.previous,
    sourceVersion: held.sourceVersion,
    content: held.content ?? "",
    highestVersion: held.highestVersion ?? 0,
  };
}

function heldFromWire(held: Wire<"Held">): Held {
  return {
    unit: unitFromWire(held.unit),
    ...(held.highest ? fenceFromWire(held.highest) : {}),
    ...(held.live
      ? { live: { generation: heldGenerationFromWire(held.live), manifest: digestFromWire(held.liveManifest, "live manifest") } }
      : {}),
    ...(held.staged
      ? { staged: { generation: heldGenerationFromWire(held.staged), manifest: digestFromWire(held.stagedManifest, "staged manifest") } }
      : {}),
    previous: held.previous,
    sourceVersion: held.sourceVersion,
    ...contentFromWire(held.content),
    ...(held.highestVersion > 0 ? { highestVersion: held.highestVersion } : {}),
  };
}
