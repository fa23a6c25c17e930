const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Hours of an `HH-HH` range, in order: `08-18` is 8 to 17; `18-08` goes over midnight; `00-24` is the day. Undefined: no such range. */
export function parseHours(text: string): number[] | undefined {
  const [, first, last] = /^(\d{1,2})-(\d{1,2})$/.exec(text.trim()) ?? [];
  const from = Number(first);
  const to = Number(last);
  if (!(from <= 23 && to <= 24) || from === to) return undefined;
  const length = to > from ? to - from : 24 - from + to;
  return Array.from({ length }, (_, i) => (from + i) % 24);
}

/** Days of `Mon`, `Mon-Fri`, `Sat,Sun` or a mixture, 0 for Monday; a range may go over the week's end. */
export function parseDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of text.trim().toLowerCase().split(",")) {
    const [first = "", last = first, ...more] = part.trim().split("-");
    const from = DAYS.indexOf(first);
    const to = DAYS.indexOf(last);
    if (from < 0 || to < 0 || more.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return [...days].toSorted((a, b) => a - b);
}

/**
 * Hours of the week (Monday 00 is 0) of `<days> <hours>`, such as `Mon-Fri 08-18`. Hours that go over midnight end on the
 * next day: `Fri 22-06` is Friday night up to Saturday 06.
 */
export function parseWeekHours(text: string): number[] | undefined {
  const parts = /^(\S.*?)\s+(\S+)$/.exec(text.trim());
  const days = parseDays(parts?.[1] ?? "");
  const hours = parseHours(parts?.[2] ?? "");
  const [start] = hours ?? [];
  if (!days || !hours || start === undefined) return undefined;
  return days.flatMap((day) => hours.map((_, i) => (day * 24 + start + i) % 168));
}
