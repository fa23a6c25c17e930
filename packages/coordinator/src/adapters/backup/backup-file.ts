import { createCipheriv, createDecipheriv, createPrivateKey, randomBytes, scryptSync, sign, verify, X509Certificate } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { SitewrightError } from "@sitewright/protocol";
import { readBounded, UnfitFile } from "@sitewright/node-kit/bounded-file";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { backupFault, type Backup } from "../../domain/backup/backup.ts";

/** Rises with each change that earlier coordinators could not read. */
const FORM = 1;
/** Bytes of a file, and of what it holds unpacked. */
const MOST = 256 * 1024 * 1024;
const MOST_UNPACKED = 512 * 1024 * 1024 - 1024;
/** Bytes of an ECDSA signature over P-256, of a salt, of a nonce and of the tag of AES-GCM. */
const [SIGNATURE, SALT, NONCE, TAG] = [64, 16, 12, 16];
/** Takes some 64 MB and a quarter of a second for each guess. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
const KIND = "backup of a coordinator";

/** The first line of the file, which is not encrypted. */
interface Header {
  sitewright: typeof KIND;
  form: number;
  /** ms since 1970. */
  at: number;
  /** PEM of the CA that signed the file. */
  ca: string;
  encrypted: boolean;
}

export interface ReadBackup {
  backup: Backup;
  /** ms since 1970. */
  at: number;
  /** PEM. */
  ca: string;
}

export interface BackupToWrite extends ReadBackup {
  /** PEM: the key of `ca`, with which the file is signed. */
  caKey: string;
  passphrase?: string | undefined;
}

/**
 * A line that says what the file is, the packed content (encrypted if there is a passphrase), and a signature over both by the coordinator's CA:
 * a file that was cut off or altered is recognised before anything of it is used. Readable by its owner only; the old file stays until the new
 * one is whole.
 */
export async function writeBackup(file: string, { backup, at, ca, caKey, passphrase }: BackupToWrite): Promise<number> {
  const header: Header = { sitewright: KIND, form: FORM, at, ca, encrypted: passphrase !== undefined };
  const head = Buffer.from(`${JSON.stringify(header)}\n`);
  const packed = gzipSync(JSON.stringify(backup));
  const content = Buffer.concat([head, passphrase === undefined ? packed : encrypt(packed, head, passphrase)]);
  const signature = sign("sha256", content, { key: createPrivateKey(caKey), dsaEncoding: "ieee-p1363" });
  try {
    await writeFileAtomic(file, Buffer.concat([content, signature]), 0o600);
  } catch (error) {
    throw SitewrightError.from(error);
  }
  return content.length + signature.length;
}

/** Throws `BACKUP_INVALID`, `BACKUP_LOCKED` without the right passphrase, `VERSION_UNSUPPORTED`, `NOT_FOUND`. */
export async function readBackup(file: string, passphrase: string | undefined): Promise<ReadBackup> {
  const bytes = await contentOf(file);
  const end = bytes.indexOf("\n") + 1;
  const head = bytes.subarray(0, end);
  const { at, ca, encrypted } = parseHeader(file, head);
  const signed = bytes.subarray(0, Math.max(end, bytes.length - SIGNATURE));
  if (!isSigned(signed, bytes.subarray(signed.length), ca))
    throw invalid(file, "it was cut off or altered: its signature does not match. Take another backup");
  const packed = encrypted ? decrypt(file, { bytes: signed.subarray(end), head, passphrase }) : signed.subarray(end);
  const backup = parseContent(file, packed);
  const fault = backupFault(backup);
  if (fault !== undefined) throw invalid(file, `the field ${fault} is not that of a backup`);
  return { backup: backup as Backup, at, ca };
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readBounded(file, MOST);
  } catch (cause) {
    if (cause instanceof UnfitFile) throw invalid(file, `it ${cause.message}`);
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new SitewrightError("NOT_FOUND", `there is no file ${file}`, { path: file });
    throw SitewrightError.from(cause);
  }
}

function parseHeader(file: string, head: Buffer): Header {
  const header = parse(head.toString("utf8")) as Partial<Header> | undefined;
  if (header?.sitewright !== KIND) throw invalid(file, "it is no backup of a coordinator: those are made by 'sitewright backup'");
  if (typeof header.form !== "number" || header.form > FORM)
    throw new SitewrightError(
      "VERSION_UNSUPPORTED",
      `${file} was made by a newer version (its form is ${String(header.form)}, and this one knows forms up to ${FORM}): use that version`,
      { path: file },
    );
  if (typeof header.at !== "number" || typeof header.ca !== "string") throw invalid(file, "its first line is not that of a backup");
  return header as Header;
}

function isSigned(content: Buffer, signature: Buffer, ca: string): boolean {
  try {
    return verify("sha256", content, { key: new X509Certificate(ca).publicKey, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}

function encrypt(packed: Buffer, head: Buffer, passphrase: string): Buffer {
  const [salt, nonce] = [randomBytes(SALT), randomBytes(NONCE)];
  const cipher = createCipheriv("aes-256-gcm", scryptSync(passphrase, salt, 32, SCRYPT), nonce).setAAD(head);
  const parts = [cipher.update(packed), cipher.final()];
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), ...parts]);
}

function decrypt(file: string, { bytes, head, passphrase }: { bytes: Buffer; head: Buffer; passphrase: string | undefined }): Buffer {
  const locked = (why: string) => new SitewrightError("BACKUP_LOCKED", `${file} is encrypted: ${why}`, { path: file });
  if (passphrase === undefined) throw locked("name the file that holds its passphrase with --passphrase-file");
  const [nonceAt, tagAt, dataAt] = [SALT, SALT + NONCE, SALT + NONCE + TAG];
  try {
    const key = scryptSync(passphrase, bytes.subarray(0, nonceAt), 32, SCRYPT);
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(nonceAt, tagAt)).setAAD(head);
    decipher.setAuthTag(bytes.subarray(tagAt, dataAt));
    return Buffer.concat([decipher.update(bytes.subarray(dataAt)), decipher.final()]);
  } catch {
    throw locked("this is not its passphrase");
  }
}

function parseContent(file: string, packed: Buffer): unknown {
  try {
    return parse(gunzipSync(packed, { maxOutputLength: MOST_UNPACKED }).toString("utf8"));
  } catch {
    throw invalid(file, "its content cannot be unpacked");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(file: string, why: string): SitewrightError {
  return new SitewrightError("BACKUP_INVALID", `${file} cannot be used: ${why}`, { path: file });
}
