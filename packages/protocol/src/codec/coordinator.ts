import { LIMITS } from "../limits.ts";
import type { ContentWanted } from "../queries.ts";
import type { CoordinatorMessage } from "../messages.ts";
import type { Following, Order, OrderTask } from "../orders.ts";
import { boundedBytes, boundedList, boundedText, frameInvalid } from "./bounds.ts";
import {
  contentFromWire,
  checkedSize,
  decodeMessage,
  digestFromWire,
  digestToWire,
  generationFromWire,
  generationToWire,
  ownedFromWire,
  ownedToWire,
  safeInteger,
  tenureFromWire,
  unitFromWire,
  unitToWire,
  wire,
  type Wire,
} from "./common.ts";

export function encodeCoordinatorMessage(message: CoordinatorMessage): Uint8Array {
  return wire.CoordinatorMessage.encode(toWire(message)).finish();
}

/** Throws `FRAME_INVALID`. `limit`: bytes. */
export function decodeCoordinatorMessage(bytes: Uint8Array, limit: number = LIMITS.controlFrame): CoordinatorMessage {
  return decodeMessage(bytes, limit, () => fromWire(wire.CoordinatorMessage.decode(bytes)));
}

function toWire(message: CoordinatorMessage): Parameters<typeof wire.CoordinatorMessage.encode>[0] {
  switch (message.kind) {
    case "challenge":
      return {
        challenge: {
          ...message,
          restored: message.tenure?.restored ?? 0,
          started: message.tenure?.started ?? 0,
          succession: message.succession ?? 0,
        },
      };
    case "welcome":
      return { welcome: { ...message, reservation: message.reservation ?? "", acked: checkedSize(message.acked, "acked") } };
    case "order":
      return { order: orderToWire(message) };
    case "cancel":
      return { cancel: message };
    case "ack":
      return { ack: { upTo: checkedSize(message.upTo, "ack") } };
    case "log-query":
      return { logQuery: message };
    case "site-backup-query":
      return { siteBackupQuery: { id: message.id, begin: message.begin } };
    case "backup-line":
      return { backupLine: { id: message.id, system: message.system } };
    case "content-query":
      return { contentQuery: { id: message.id, unit: unitToWire(message.unit), ...wantedToWire(message.want) } };
    case "update":
      return { update: { id: message.id, version: message.version, digest: digestToWire(message.digest), signature: message.signature } };
    case "coordinators":
      return { coordinators: { urls: message.urls, content: message.content } };
    case "unknown":
      throw new RangeError("an unknown message cannot be sent");
    case "peer-access":
      return { peerAccess: { key: message.key, now: checkedSize(message.now, "now"), gone: message.gone ?? [] } };
  }
}

function fromWire(message: Wire<"CoordinatorMessage">): CoordinatorMessage {
  if (message.challenge) {
    const { nonce, versionMin, versionMax, coordinator, restored, started, succession } = message.challenge;
    const newest = safeInteger(succession, "succession");
    return {
      kind: "challenge",
      nonce: boundedBytes(nonce, "the nonce"),
      versionMin: versionMin ?? 0,
      versionMax: versionMax ?? 0,
      coordinator: boundedText(coordinator, "the coordinator's id"),
      ...tenureFromWire("tenure", restored, started),
      ...(newest > 0 && newest <= LIMITS.tenure ? { succession: newest } : {}),
    };
  }
  if (message.welcome) {
    const { version, contentToken, acked, sendInventory, reservation, takesWarnings } = message.welcome;
    return {
      kind: "welcome",
      version: version ?? 0,
      contentToken: boundedText(contentToken, "the content token"),
      acked: safeInteger(acked, "acked"),
      sendInventory: sendInventory ?? false,
      ...(takesWarnings ? { takesWarnings } : {}),
      ...(reservation ? { reservation: boundedText(reservation, "the reservation") } : {}),
    };
  }
  if (message.order) return orderFromWire(message.order as Wire<"Order">);
  if (message.cancel)
    return { kind: "cancel", orderId: boundedText(message.cancel.orderId, "an order's id"), epoch: message.cancel.epoch ?? 0 };
  if (message.ack) return { kind: "ack", upTo: safeInteger(message.ack.upTo, "ack") };
  if (message.logQuery) {
    const { id, order, limit } = message.logQuery;
    return { kind: "log-query", id: id ?? 0, order: boundedText(order, "an order's id"), limit: Math.min(limit ?? 0, LIMITS.logLines) };
  }
  if (message.siteBackupQuery) {
    const { id, begin } = message.siteBackupQuery;
    return { kind: "site-backup-query", id: id ?? 0, begin: begin ?? false };
  }
  if (message.backupLine) {
    const { id, system } = message.backupLine;
    return { kind: "backup-line", id: boundedText(id, "the id of a line"), system: boundedText(system, "the name of a system") };
  }
  if (message.contentQuery) {
    const { id, unit } = message.contentQuery;
    return {
      kind: "content-query",
      id: id ?? 0,
      unit: unitFromWire(unit),
      want: wantedFromWire(message.contentQuery as Wire<"ContentQuery">),
    };
  }
  if (message.peerAccess) {
    const { key, now, gone } = message.peerAccess;
    const ended = gone && gone.length > 0 ? { gone: gone.map((name) => boundedText(name, "a system")) } : {};
    return { kind: "peer-access", key: boundedBytes(key, "the key"), now: safeInteger(now, "now"), ...ended };
  }
  if (message.update) {
    const { id, version, digest, signature } = message.update;
    return {
      kind: "update",
      id: boundedText(id, "an update's id"),
      version: boundedText(version, "a version", LIMITS.messageWord),
      digest: digestFromWire(digest, "package"),
      signature: boundedBytes(signature, "the signature"),
    };
  }
  if (message.coordinators) {
    const { urls = [], content } = message.coordinators;
    const addresses = (urls ?? []).slice(0, LIMITS.coordinators).map((url) => boundedText(url, "an address", LIMITS.url));
    return { kind: "coordinators", urls: addresses, content: boundedText(content ?? "", "an address", LIMITS.url) };
  }
  return { kind: "unknown" };
}

function wantedToWire(want: ContentWanted) {
  switch (want.kind) {
    case "definitions":
      return { definitions: {} };
    case "manifest":
      return { manifest: { ...want, digest: digestToWire(want.digest), from: checkedSize(want.from, "from") } };
    case "chunks":
      return { chunks: { ...want, manifest: digestToWire(want.manifest) } };
    case "file":
      return { file: { ...want, from: checkedSize(want.from, "from") } };
  }
}

function wantedFromWire({ definitions, manifest, chunks, file }: Wire<"ContentQuery">): ContentWanted {
  const length = Math.min(manifest?.length ?? chunks?.length ?? file?.length ?? 0, LIMITS.queryPart);
  if (definitions) return { kind: "definitions" };
  if (manifest)
    return { kind: "manifest", digest: digestFromWire(manifest.digest, "manifest"), from: safeInteger(manifest.from, "from"), length };
  if (chunks) {
    const place = { ordinal: chunks.ordinal ?? 0, from: chunks.from ?? 0 };
    return { kind: "chunks", manifest: digestFromWire(chunks.manifest, "manifest"), ...place, length };
  }
  if (file) return { kind: "file", path: boundedText(file.path, "the path", LIMITS.path), from: safeInteger(file.from, "from"), length };
  throw frameInvalid("a content query asks for nothing that this version knows");
}

function orderToWire(order: Order) {
  return {
    id: order.id,
    epoch: order.epoch,
    unit: unitToWire(order.unit),
    generation: generationToWire(order.generation),
    ...taskToWire(order.task),
  };
}

function taskToWire(task: OrderTask) {
  switch (task.kind) {
    case "stage":
      return { stage: { ...task, ...manifestToWire(task), content: task.content ?? "" } };
    case "activate":
      return { activate: task };
    case "remove":
      return { remove: { owned: task.owned.map(ownedToWire) } };
    case "verify":
      return { verify: { ...task, ...manifestToWire(task) } };
    case "estimate":
      return { estimate: manifestToWire(task) };
    case "undo":
      return { undo: task };
  }
}

function orderFromWire(order: Wire<"Order">): Order {
  return {
    kind: "order",
    id: boundedText(order.id, "an order's id"),
    epoch: order.epoch,
    unit: unitFromWire(order.unit),
    generation: generationFromWire(order.generation),
    task: taskFromWire(order),
  };
}

function taskFromWire(order: Wire<"Order">): OrderTask {
  if (order.stage) {
    const { full, sourceVersion, content, activation } = order.stage;
    const numbered = { full: full ?? false, sourceVersion: sourceVersion ?? 0 };
    const following = activation ? { activation: followingFromWire(activation as Wire<"Following">) } : {};
    return { kind: "stage", ...manifestFromWire(order.stage), ...numbered, ...contentFromWire(content), ...following };
  }
  if (order.activate) return { kind: "activate", graceMs: order.activate.graceMs ?? 0 };
  if (order.remove) return { kind: "remove", owned: boundedList(order.remove.owned, "owned paths", LIMITS.ownedPaths).map(ownedFromWire) };
  if (order.verify) return { kind: "verify", ...manifestFromWire(order.verify), full: order.verify.full ?? false };
  if (order.estimate) return { kind: "estimate", ...manifestFromWire(order.estimate) };
  if (order.undo) return { kind: "undo", graceMs: order.undo.graceMs ?? 0 };
  throw frameInvalid("an order has no task that this version knows");
}

function followingFromWire({ id, epoch, graceMs }: Wire<"Following">): Following {
  return { id: boundedText(id, "an order's id"), epoch, graceMs };
}

function manifestToWire(task: { manifest: string; manifestBytes: number }) {
  return { manifest: digestToWire(task.manifest), manifestBytes: checkedSize(task.manifestBytes, "manifest size") };
}

function manifestFromWire(task: { manifest?: Uint8Array | null; manifestBytes?: number | null }) {
  return { manifest: digestFromWire(task.manifest, "manifest"), manifestBytes: safeInteger(task.manifestBytes, "manifest size") };
}
