import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { failures, generationOf } from "../../support/cap-chain.ts";

/** Longer than a head, and as long as the end of a complete file. */
const HEAD = 64;
const END = "\n; end\n";

/** A client of one package; returns everything that it must never see. Of large files it reads both ends. */
export function packageReader(folder: string): () => string[] {
  let lastSeen = 0;

  /** What is read later may be newer, never older; nothing is missing. */
  function readByPath(): string[] {
    const index = generationOf(join(folder, "index.txt"));
    const found = index.generation < lastSeen ? [`${folder}: old index ${index.generation} after new ${lastSeen}`] : [];
    let newest = index.generation;
    for (const [path] of listed(index.text)) {
      const { generation } = endsOf(join(folder, path));
      if (generation < newest) found.push(`${folder}: old ${path} ${generation} after new ${newest}`);
      newest = Math.max(newest, generation);
    }
    lastSeen = Math.max(lastSeen, newest);
    return found;
  }

  /** One generation, and exactly its files. */
  function readThroughOpenFolder(): string[] {
    const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const inside = `/proc/self/fd/${handle}`;
      const index = generationOf(join(inside, "index.txt"));
      const wanted = listed(index.text);
      const names = readdirSync(join(inside, "data")).map((name) => `data/${name}`);
      const found = names.filter((name) => !wanted.has(name)).map((name) => `${folder}: ${name} is not of generation ${index.generation}`);
      for (const [path, bytes] of wanted) {
        const file = endsOf(join(inside, path));
        if (file.generation !== index.generation || file.bytes !== bytes)
          found.push(
            `${folder}: ${path} is of generation ${file.generation} with ${file.bytes} bytes, beside an index of ${index.generation} with ${bytes}`,
          );
      }
      return found;
    } finally {
      closeSync(handle);
    }
  }

  return () => [readByPath, readThroughOpenFolder].flatMap((read) => failures(read));
}

/** A client of single files, such as those of a logon point: each is complete and never gets older. */
export function filesReader(files: readonly string[]): () => string[] {
  const seen = new Map<string, number>();
  return () =>
    files.flatMap((file) =>
      failures(() => {
        const { generation } = generationOf(file);
        const before = seen.get(file) ?? 0;
        seen.set(file, Math.max(before, generation));
        return generation < before ? [`${file}: old ${generation} after new ${before}`] : [];
      }),
    );
}

/** Path to bytes. */
function listed(index: string): Map<string, number> {
  return new Map([...index.matchAll(/^(data\/\S+) (\d+)$/gm)].map(([, path = "", bytes]) => [path, Number(bytes)]));
}

function endsOf(file: string): { generation: number; bytes: number } {
  const handle = openSync(file, constants.O_RDONLY);
  try {
    const bytes = fstatSync(handle).size;
    const buffer = Buffer.alloc(HEAD);
    const head = buffer.toString("latin1", 0, readSync(handle, buffer, 0, HEAD, 0));
    const end = buffer.toString("latin1", 0, readSync(handle, buffer, 0, END.length, Math.max(0, bytes - END.length)));
    const generation = /^; generation (\d+)\n/.exec(head)?.[1];
    if (generation === undefined || end !== END) throw new Error(`half a file: ${file}`);
    return { generation: Number(generation), bytes };
  } finally {
    closeSync(handle);
  }
}
