import { SitewrightError } from "../errors.ts";
import { joined } from "../joined.ts";

/** A connection from one system through the coordinator to another one, which keeps backups of its site. */
export const BACKUP_LINE = {
  protocol: "sitewright-backup.1",
  /** Where the system whose backup it is connects; what it shows first is `backupLineTranscript`, signed. */
  open: "/content/v1/backup-line",
  /** Where the agent of the keeper connects after it was asked. */
  answer: "/content/v1/backup-line/answer",
} as const;

/** Bytes that the coordinator sends first, and of the signature that answers them. */
export const LINE_NONCE = 32;
export const LINE_SIGNATURE = 64;

/** The bytes that the system signs to prove that it is the one whose backups it asks for. */
export function backupLineTranscript(
  nonce: Uint8Array,
  { coordinator, system, keeper }: { coordinator: string; system: string; keeper: string },
): Uint8Array {
  const head = new TextEncoder().encode(`sitewright backup line v1\n${coordinator}\n${system}\n${keeper}\n`);
  const bytes = new Uint8Array(head.length + nonce.length);
  bytes.set(head);
  bytes.set(nonce, head.length);
  return bytes;
}

/** What goes over the line: words (JSON), or bytes. */
export interface LineFrame {
  kind: "words" | "bytes";
  payload: Uint8Array;
}

/** Bytes of one payload. */
export const LARGEST_LINE_FRAME = 4 * 1024 * 1024;
/** Length of the payload (4 bytes, the highest first), and its kind. */
const HEADER = 5;

export function lineFrame(kind: LineFrame["kind"], payload: Uint8Array): Uint8Array {
  if (payload.length > LARGEST_LINE_FRAME) throw new SitewrightError("FRAME_INVALID", `a frame of ${payload.length} bytes is too long`);
  const frame = new Uint8Array(HEADER + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame[4] = kind === "words" ? 0 : 1;
  frame.set(payload, HEADER);
  return frame;
}

/** The frames in what arrives. Throws `FRAME_INVALID`. */
export function createLineFrames(): (bytes: Uint8Array) => Generator<LineFrame> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let needed = HEADER;

  return function* (bytes) {
    parts.push(bytes);
    length += bytes.length;
    while (length >= needed) {
      const whole = joined(parts, length);
      const payload = new DataView(whole.buffer, whole.byteOffset).getUint32(0);
      if (payload > LARGEST_LINE_FRAME || (whole[4] as number) > 1)
        throw new SitewrightError("FRAME_INVALID", "what came over the line of a backup is no frame of it");
      needed = HEADER + payload;
      if (length >= needed) {
        yield { kind: whole[4] === 0 ? "words" : "bytes", payload: whole.subarray(HEADER, needed) };
        parts = [whole.subarray(needed)];
        length -= needed;
        needed = HEADER;
      } else parts = [whole];
    }
  };
}
