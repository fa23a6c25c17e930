/** Every limit that both sides of the wire keep, in bytes unless stated otherwise. */
export const LIMITS = {
  /** One WebSocket message, either direction. */
  controlFrame: 1024 * 1024,
  /** One message of a peer that is not authenticated yet. */
  helloFrame: 16 * 1024,
  /** What follows the header of a frame of a content stream. The largest chunk fits, and many small ones together. */
  contentFrame: 512 * 1024,
  /** One record of a manifest; a file of some 100 GB. */
  manifestRecord: 64 * 1024 * 1024,
  /** A whole manifest, uncompressed. */
  manifest: 1024 * 1024 * 1024,
  /** Bytes of a manifest that travel in one part. */
  manifestPart: 1024 * 1024,
  /** A wire path, in UTF-8. */
  path: 4096,
  /** One name in a wire path, in UTF-8; what ext4 and NTFS take. */
  name: 255,
  /** The text of a symbolic link, in UTF-8; what Linux takes. */
  linkTarget: 4095,
  /** Different names in the paths and targets of all symbolic links of a unit. */
  linkNames: 500_000,
  /** Name or id in a message, in characters. */
  messageId: 128,
  /** What an agent states of itself (version, platform), in characters. */
  messageWord: 64,
  /** Key, nonce or signature in a message. */
  messageKey: 256,
  /** The message of a failure, in characters; longer ones are cut. */
  messageText: 2048,
  /** Addresses of coordinators in one message, and the length of each in characters. */
  coordinators: 8,
  url: 300,
  /** Warnings of one agent. */
  warnings: 20,
  /** Fields in the body of one message; list entries count one by one. */
  messageFields: 10_000,
  /** Owned paths in one order. */
  ownedPaths: 10_000,
  /** Units of an inventory in one message. */
  inventoryPart: 500,
  /** Runs of site backups in one message. */
  siteBackups: 20,
  /** Deviations that a verify result lists by path. */
  deviations: 100,
  /** Their paths together, in characters; further ones are only counted. */
  deviationPaths: 32 * 1024,
  /** Lines of a log that one query returns. */
  logLines: 1000,
  /** One line of a log, in characters. */
  logLine: 8 * 1024,
  /** Lines of a log in one message, in characters. */
  logPart: 128 * 1024,
  /** All lines with which an agent answers one query, in characters; older ones are left out. */
  logAnswer: 512 * 1024,
  /** Epoch of a generation: each recovery raises it by one. */
  generationEpoch: 65_535,
  /** Counter of a generation, microseconds since 1970: the year 2100. Above it no order would be possible. */
  generationCounter: 4_102_444_800_000_000,
  /** Bytes that the answer to one content query carries. */
  queryPart: 256 * 1024,
  /** Definitions in one message. */
  definitionsPart: 500,
  /** One definition in an inbox of a client access point. */
  definition: 16 * 1024 * 1024,
  /** Numbers of a coordinator's tenure and of succession statements, ms since 1970: the year 2100. */
  tenure: 4_102_444_800_000,
  /** Ranges of chunk ordinals in one content request. */
  contentRanges: 4096,
} as const;
