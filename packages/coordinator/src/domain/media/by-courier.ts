/** A line with latency, a departure and a capacity: a person with a medium. */
export interface Courier {
  /** ms since 1970. */
  leaves: number;
  arrives: number;
  /** Bytes; absent: as much as there is. */
  capacity?: number | undefined;
}

/** A unit for a system. */
export interface Parcel {
  /** Of the unit's content, and of its list, bytes; on one medium they count once for all systems. */
  bytes: number;
  listBytes: number;
  /** The same for all systems of one unit. */
  manifest: string;
  /** The same for systems that fetch from each other what one of them has: what they lack crosses their line once. */
  group: string;
  /** Parcels of one line wait for each other. */
  line: string;
  /** What the system lacks, on the line, bytes. */
  wireBytes: number;
  /** When the line would have brought it, ms since 1970; absent: never, or not known. */
  lineAt?: number | undefined;
}

/** What goes by the medium. */
export interface Load {
  /** One of each for every parcel. */
  goes: boolean[];
  /** By manifest, what goes of its content, bytes, if that is not all: the line brings the rest meanwhile. */
  parts: ReadonlyMap<string, number>;
}

/** What a line brings once, for one system or for neighbours. */
interface Crossing extends Pick<Parcel, "line" | "wireBytes"> {
  content: Content;
  lineAt: number;
}

interface Content extends Pick<Parcel, "manifest" | "bytes" | "listBytes"> {
  /** In `Amounts`. */
  index: number;
}

/** How much of each content goes, bytes; NONE: not even its list. */
type Amounts = Float64Array;
const NONE = -1;

/** A smaller share of a unit is not worth its list on the medium, and an import that ends without the unit. */
const LEAST = 0.05;
/** Lists, and content that compresses better, make the difference. */
const AS_MUCH = 0.9;
/** How exactly the earliest end is sought, ms. */
const EXACT = 1000;

/**
 * Which parcels go by the medium: of those that the line would bring later than the courier, all if they fit. Otherwise what no line brings
 * comes first, whole or not at all; then of every line as much of its end that the last of all lines ends as early as the capacity allows: whole
 * units, and a part of one. So nothing is later than by the line alone. What a medium has for one system it has for all.
 * @param now ms since 1970: since when the lines work.
 */
export function byMedium(parcels: readonly Parcel[], { arrives, capacity = Infinity }: Courier, now: number): Load {
  const { contents, crossingOf } = crossingsOf(parcels);
  const crossings = [...new Set(crossingOf)];
  const late = crossings.filter(({ lineAt }) => lineAt > arrives);
  const stranded = takeStranded(late, contents.length, capacity);
  const fits = (amounts: Amounts): boolean => spaceOf(amounts, contents) <= capacity;
  const lines = linesOf(crossings, { arrives, now });
  const taken = takeFromEnds(lines, stranded, { arrives, fits, contents });
  preferWhole(lines, taken);
  fill(taken, late, capacity - spaceOf(taken, contents));
  const isWhole = ({ index, bytes }: Content): boolean => taken[index] === bytes;
  return {
    goes: crossingOf.map(({ content, lineAt }) => {
      if (lineAt <= arrives || taken[content.index] === NONE) return false;
      return lineAt < Infinity || isWhole(content);
    }),
    parts: new Map(
      contents.flatMap((content) => {
        const amount = taken[content.index] ?? NONE;
        return amount === NONE || isWhole(content) ? [] : [[content.manifest, amount] as const];
      }),
    ),
  };
}

/** Of neighbours, the one that holds most already states what is lacking, and the last of them when all of it is there. */
function crossingsOf(parcels: readonly Parcel[]): { contents: Content[]; crossingOf: Crossing[] } {
  const contents = new Map<string, Content>();
  const crossings = new Map<string, Crossing>();
  const crossingOf = parcels.map(({ manifest, bytes, listBytes, group, line, wireBytes, lineAt = Infinity }) => {
    const content = contents.get(manifest) ?? { manifest, bytes, listBytes, index: contents.size };
    contents.set(manifest, content);
    const key = `${group} ${manifest}`;
    const known = crossings.get(key) ?? { content, line, wireBytes, lineAt };
    crossings.set(key, known);
    known.wireBytes = Math.min(known.wireBytes, wireBytes);
    known.lineAt = Math.max(known.lineAt, lineAt);
    return known;
  });
  return { contents: [...contents.values()], crossingOf };
}

function spaceOf(amounts: Amounts, contents: readonly Content[]): number {
  return contents.reduce((space, { index, listBytes }) => {
    const amount = amounts[index] ?? NONE;
    return amount === NONE ? space : space + amount + listBytes;
  }, 0);
}

/** What no line brings. */
function takeStranded(late: readonly Crossing[], contents: number, capacity: number): Amounts {
  const amounts = new Float64Array(contents).fill(NONE);
  let room = capacity;
  for (const { content, lineAt } of late) {
    const { index, bytes, listBytes } = content;
    if (lineAt < Infinity || amounts[index] !== NONE || bytes + listBytes > room) continue;
    amounts[index] = bytes;
    room -= bytes + listBytes;
  }
  return amounts;
}

/** What a line brings after the courier, in the order in which it does. */
interface Line {
  crossings: readonly Crossing[];
  /** What it has brought of these at the end of each, bytes. */
  sums: readonly number[];
  /** What of each content crosses it, for all systems together, bytes; the last one first. */
  contents: ReadonlyMap<Content, number>;
  /** When it begins with them, ms since 1970. */
  from: number;
}

function linesOf(crossings: readonly Crossing[], { arrives, now }: { arrives: number; now: number }): Line[] {
  const timed = crossings.filter(({ lineAt }) => lineAt < Infinity).toSorted((a, b) => a.lineAt - b.lineAt);
  return [...Map.groupBy(timed, ({ line }) => line).values()].map((all) => {
    const own = all.filter(({ lineAt }) => lineAt > arrives);
    const contents = new Map<Content, number>();
    for (const { content, wireBytes } of own.toReversed()) contents.set(content, (contents.get(content) ?? 0) + wireBytes);
    let sum = 0;
    const sums = own.map(({ wireBytes }) => (sum += wireBytes));
    return { crossings: own, sums, contents, from: all[all.length - own.length - 1]?.lineAt ?? now };
  });
}

interface Taking {
  arrives: number;
  fits: (amounts: Amounts) => boolean;
  contents: readonly Content[];
}

/** Adds to what is chosen so that the last line ends as early as possible. */
function takeFromEnds(lines: readonly Line[], chosen: Amounts, { arrives, fits, contents }: Taking): Amounts {
  const endingAt = (time: number): Amounts | undefined => {
    const amounts = chosen.slice();
    for (const line of lines) takeFromEnd(line, time, amounts);
    for (const { index, bytes } of contents) if ((amounts[index] ?? NONE) < bytes * LEAST) amounts[index] = NONE;
    return fits(amounts) ? amounts : undefined;
  };
  const all = endingAt(arrives);
  if (all) return all;
  let best = chosen;
  let early = arrives;
  let late = lines.reduce((last, { crossings }) => Math.max(last, crossings.at(-1)?.lineAt ?? 0), arrives);
  while (late - early > EXACT) {
    const middle = (early + late) / 2;
    const amounts = endingAt(middle);
    if (amounts) [best, late] = [amounts, middle];
    else early = middle;
  }
  return best;
}

/** As much of the end of a line that what remains is there at `time`, beside what is on the medium for others. */
function takeFromEnd(line: Line, time: number, amounts: Amounts): void {
  const shareOf = ({ index, bytes }: Content): number => Math.max(0, amounts[index] ?? 0) / Math.max(1, bytes);
  let excess = (line.sums.at(-1) ?? 0) - broughtAt(line, time);
  for (const [content, wireBytes] of line.contents) excess -= wireBytes * shareOf(content);
  for (const [content, wireBytes] of line.contents) {
    if (excess <= 0) return;
    const before = shareOf(content);
    const share = Math.min(1, before + excess / Math.max(1, wireBytes));
    excess -= (share - before) * wireBytes;
    amounts[content.index] = Math.ceil(share * content.bytes);
  }
}

/** Of its crossings, bytes: between the ends of two it works evenly. */
function broughtAt({ crossings, sums, from }: Line, time: number): number {
  const next = crossings.findIndex(({ lineAt }) => lineAt > time);
  if (next === -1) return sums.at(-1) ?? 0;
  const until = crossings[next]?.lineAt ?? time;
  const last = crossings.findLastIndex(({ lineAt }) => lineAt === until);
  const [start, done] = next === 0 ? [from, 0] : [crossings[next - 1]?.lineAt ?? from, sums[next - 1] ?? 0];
  return done + (((sums[last] ?? 0) - done) * (time - start)) / Math.max(1, until - start);
}

/** A line ends as early with other units that are whole on the medium as with a part of one, and those are there with the courier. */
function preferWhole(lines: readonly Line[], amounts: Amounts): void {
  const lineCount = new Map<Content, number>();
  for (const line of lines) for (const content of line.contents.keys()) lineCount.set(content, (lineCount.get(content) ?? 0) + 1);
  for (const { contents } of lines)
    for (const [cut, cutWire] of contents) {
      const isCut = (amounts[cut.index] ?? NONE) > 0 && amounts[cut.index] !== cut.bytes;
      // Of what another line brings too, that line would bring more.
      if (!isCut || lineCount.get(cut) !== 1) continue;
      for (const [{ index, bytes, listBytes }, wireBytes] of contents) {
        const left = (amounts[cut.index] ?? NONE) - bytes - listBytes;
        const isAsMuch = wireBytes >= AS_MUCH * ((bytes + listBytes) / cut.bytes) * cutWire;
        if (amounts[index] !== NONE || left < 0 || !isAsMuch) continue;
        amounts[index] = bytes;
        amounts[cut.index] = left < cut.bytes * LEAST ? NONE : left;
      }
    }
}

/** What room is left, bytes, takes more of what the lines bring last. */
function fill(amounts: Amounts, late: readonly Crossing[], room: number): void {
  let left = room;
  for (const { content } of late.filter(({ lineAt }) => lineAt < Infinity).toSorted((a, b) => b.lineAt - a.lineAt)) {
    const { index, bytes, listBytes } = content;
    const amount = amounts[index] ?? NONE;
    const used = amount === NONE ? -listBytes : amount;
    const more = Math.min(bytes, Math.floor(used + left));
    if (more <= amount || more < bytes * LEAST) continue;
    amounts[index] = more;
    left -= more - used;
  }
}
