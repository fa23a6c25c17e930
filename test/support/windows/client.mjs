// A client of a served folder; runs on Windows. usage: client.mjs PLACE hold|read PATH...
// Makes PLACE.ready when it has begun, ends when there is PLACE.end, and leaves what it saw in PLACE.json.
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";

/** libuv's UV_FS_O_EXLOCK: nobody else may open, rename or delete it. */
const ALONE = 0x10000000;
const EVERY_MS = 2;

const [place, act, ...paths] = process.argv.slice(2);
const seen = {};
const handles = act === "hold" ? paths.map((path) => openSync(path, ALONE)) : [];
writeFileSync(`${place}.ready`, "");

const timer = setInterval(() => {
  if (act === "read") look();
  if (!existsSync(`${place}.end`)) return;
  clearInterval(timer);
  for (const handle of handles) closeSync(handle);
  writeFileSync(`${place}.json`, JSON.stringify(seen));
}, EVERY_MS);

/** Counts each content, by its first word, and each error code. */
function look() {
  let word;
  try {
    word = readFileSync(paths[0], "latin1").split(" ", 1)[0];
  } catch (error) {
    word = error.code;
  }
  seen[word] = (seen[word] ?? 0) + 1;
}
