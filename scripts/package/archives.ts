import { constants, crc32, deflateRawSync, zstdCompressSync } from "node:zlib";

export interface Entry {
  /** Path in the archive, ASCII, below 100 characters. */
  path: string;
  bytes: Uint8Array;
  executable?: boolean;
}

const BLOCK = 512;
const ZSTD = { [constants.ZSTD_c_compressionLevel]: 9, [constants.ZSTD_c_windowLog]: 26, [constants.ZSTD_c_checksumFlag]: 1 };
/** 1 January 2026 in the format of DOS: the same content makes the same archive. */
const DOS_DATE = ((2026 - 1980) << 9) | (1 << 5) | 1;
const SECONDS = Date.UTC(2026) / 1000;

/** A `.tar.zst`: less than `.tar.gz` by an eighth, and made in a tenth of the time of `.tar.xz`. */
export function tarZst(entries: readonly Entry[]): Buffer {
  return zstdCompressSync(tar(entries), { params: ZSTD });
}

export function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ path, bytes, executable = false }) => {
    const head = Buffer.alloc(BLOCK);
    const octal = (value: number, at: number, length: number) => head.write(value.toString(8).padStart(length - 1, "0"), at);
    head.write(path, 0);
    octal(executable ? 0o755 : 0o644, 100, 8);
    octal(0, 108, 8);
    octal(0, 116, 8);
    octal(bytes.length, 124, 12);
    octal(SECONDS, 136, 12);
    head.write("        0", 148); // the sum counts its own field as blanks; the type is a file
    head.write("ustar\x0000", 257, "latin1");
    octal(
      head.reduce((sum, byte) => sum + byte, 0),
      148,
      7,
    );
    return [head, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** A `.zip`, which Windows opens without a further program. */
export function zip(entries: readonly Entry[]): Buffer {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { path, bytes, executable = false } of entries) {
    const packed = deflateRawSync(bytes);
    // What file header and directory have in common: version 2.0, no flags, deflated, time, sum, sizes, length of the name.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const file = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(path), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((executable ? 0o100755 : 0o100644) * 65_536, 6);
    rest.writeUInt32LE(offset, 10);
    // Made on a system with permissions of Unix, which unzip on Linux restores.
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), common, rest, Buffer.from(path)]));
    files.push(file);
    offset += file.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, list, end]);
}
