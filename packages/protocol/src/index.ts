export * from "./addresses/hour-table.ts";
export * from "./addresses/hour-text.ts";
export {
  budgetOfHour,
  DAYS,
  hourOfWeek,
  PRIORITIES,
  QUARTER,
  type LineHours,
  type Priority,
  type RateLimit,
  type Window,
} from "./addresses/hours.ts";
export * from "./manifest/chunker.ts";
export { closestName } from "./closest-name.ts";
export * from "./definitions.ts";
export * from "./media/medium.ts";
export * from "./media/missing.ts";
export { decodeMediaNeeds, decodeMediaReceipt, encodeMediaNeeds, encodeMediaReceipt } from "./codec/media-statements.ts";
export { decodeMediumTable, decodeSigned, encodeMediumTable, encodeSigned } from "./codec/medium-table.ts";
export * from "./trust/handshake.ts";
export { decodeAgentMessage, encodeAgentMessage } from "./codec/agent.ts";
export { decodeCoordinatorMessage, encodeCoordinatorMessage } from "./codec/coordinator.ts";
export * from "./codec/manifest.ts";
export {
  decodeManifestEntry,
  decodeManifestHead,
  decodePackedFile,
  packedFilesIn,
  encodeManifestEntry,
  encodeManifestFile,
  encodeManifestHead,
  recordAt,
  recordPath,
  type PackedFile,
} from "./codec/manifest-records.ts";
export * from "./trust/agent-program.ts";
export * from "./content.ts";
export * from "./peers/peer-redirect.ts";
export * from "./errors.ts";
export * from "./trust/handshake.ts";
export * from "./limits.ts";
export * from "./manifest/link-tree.ts";
export * from "./log-line.ts";
export * from "./loopback.ts";
export * from "./manifest/manifest.ts";
export * from "./manifest/manifest-check.ts";
export * from "./manifest/manifest-delta.ts";
export * from "./messages.ts";
export * from "./orders.ts";
export * from "./plural.ts";
export * from "./queries.ts";
export * from "./peers/peer-ticket.ts";
export * from "./problems.ts";
export * from "./runs/run-options.ts";
export * from "./runs/run-states.ts";
export * from "./runs/system-states.ts";
export * from "./runs/row-states.ts";
export * from "./runs/conditions.ts";
export * from "./runs/totals.ts";
export * from "./runs/recovery-states.ts";
export * from "./runs/run-kinds.ts";
export * from "./strangers.ts";
export * from "./trust/succession.ts";
export * from "./system-errors.ts";
export * from "./terminal-text.ts";
export * from "./manifest/tree-path.ts";
export * from "./unit.ts";
export * from "./unit-kinds.ts";
export * from "./trust/handshake.ts";
