// A client of a served folder; runs on Windows. usage: client.mjs PLACE hold|enter|read|scan PATH...
// Makes PLACE.ready when it has begun, ends when there is PLACE.end, and leaves what it saw in PLACE.json.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** libuv's UV_FS_O_EXLOCK: nobody else may open, rename or delete it. */
const ALONE = 0x10000000;
const EVERY_MS = 2;
/** One that only holds something takes no processor from others. */
const SELDOM_MS = 50;
const SCANNED_MS = 150;

const [place, act, ...paths] = process.argv.slice(2);
/** A program holds the folder that it works in: others read it, and nobody moves or deletes it. */
const NOWHERE = "C:\\windows";
process.chdir(act === "enter" ? paths[0] : NOWHERE);
const seen = { counts: {}, contents: [] };
const known = new Set();
const handles = act === "hold" ? paths.map((path) => openSync(path, ALONE)) : [];
writeFileSync(`${place}.ready`, "");

const timer = setInterval(
  () => {
    if (act === "read") look();
    if (act === "scan" && process.cwd() === NOWHERE) scan(paths[0]);
    if (!existsSync(`${place}.end`)) return;
    clearInterval(timer);
    for (const handle of handles) closeSync(handle);
    process.chdir(NOWHERE);
    writeFileSync(`${place}.json`, JSON.stringify(seen));
  },
  act === "read" || act === "scan" ? EVERY_MS : SELDOM_MS,
);

/** Enters the first folder below that it has not been in, for a moment, like a virus scanner or an indexer; true if it has. */
function scan(folder) {
  let entries = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  } catch {
    // Gone again.
  }
  return entries.some(({ name }) => enter(`${folder}\\${name}`) || scan(`${folder}\\${name}`));
}

function enter(folder) {
  if (known.has(folder)) return false;
  try {
    process.chdir(folder);
  } catch {
    return false; // Moved.
  }
  known.add(folder);
  seen.counts.entered = (seen.counts.entered ?? 0) + 1;
  setTimeout(() => process.chdir(NOWHERE), SCANNED_MS);
  return true;
}

/** Counts each content, by the word that it begins and ends with, and each error code, and notes each change of content. */
function look() {
  let word;
  try {
    const words = readFileSync(paths[0], "latin1").split(" ");
    word = words[0] === words.at(-1) ? words[0] : "torn";
    if (seen.contents.at(-1) !== word) seen.contents.push(word);
  } catch (error) {
    word = error.code;
  }
  seen.counts[word] = (seen.counts[word] ?? 0) + 1;
}
