import type { Figures, Phase } from "./figures.ts";

/** The colours of the user interface; a picture in a page knows only the system's theme. */
const STYLE = `
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #53606d; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
.title { font-size: 18px; font-weight: 600; fill: #17212b; }
.strong, .label { fill: #17212b; }
.strong { font-weight: 600; }
.label { stroke: none; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.ground { fill: #ffffff; }
.grid { stroke: #d8dee5; }
.area { stroke: #ffffff; stroke-width: 1.5; }
.area1 { fill: #a9cdf3; }
.area2 { fill: #a8dccf; }
.area3 { fill: #cfc2f1; }
.area4 { fill: #f4c6c2; }
.budget { fill: none; stroke: #815000; stroke-width: 2.5; stroke-dasharray: 7 4; }
.pointer { stroke: #53606d; }
@media (prefers-color-scheme: dark) {
  text { fill: #9fadbb; stroke: #181f27; }
  .title, .strong, .label { fill: #e6ecf2; }
  .ground { fill: #181f27; }
  .grid { stroke: #2d3844; }
  .area { stroke: #181f27; }
  .area1 { fill: #2b4f7d; }
  .area2 { fill: #235c52; }
  .area3 { fill: #4c3f7d; }
  .area4 { fill: #75383b; }
  .budget { stroke: #efbb5d; }
  .pointer { stroke: #9fadbb; }
}
`;

const WIDTH = 800;
const HEIGHT = 450;
const PLOT = { left: 48, right: 784, top: 96, bottom: 396 };
const MBIT = 1e6;
/** Seconds, and Mbit/s. */
const TICKS = { x: 5, y: 2 };
/** Mbit/s above the budget that are shown. */
const HEADROOM = 0.8;

/** Areas by system, one on the other, below the budget: 800 x 450, for light and dark. */
export function drawSharedLine(systems: readonly string[], figures: Figures): string {
  const { seconds, phases, steps, changedAt, firstDoneAt, firstDone, most } = figures;
  const top = Math.max(...phases.map(({ budget }) => budget)) / MBIT;
  const x = (time: number): number => PLOT.left + ((PLOT.right - PLOT.left) * time) / seconds;
  const y = (rate: number): number => PLOT.bottom - ((PLOT.bottom - PLOT.top) * (rate / MBIT)) / (top + HEADROOM);
  const [before, after] = [phases[0]?.budget ?? 0, phases[1]?.budget ?? 0];
  const [from, to] = [`${before / MBIT}`, `${after / MBIT} Mbit/s`];
  const heading = `Four systems share a line of ${from}, then ${to}`;

  const lines = [
    text(16, 28, heading, "title"),
    text(
      16,
      50,
      `Rebuilt at once, each with content of its own, behind one address; a real run of ${seconds.toFixed(0)} s, by half seconds.`,
    ),
    text(16, 68, `Figures: means in Mbit/s. Most in any second but that after the change: ${(most * 100).toFixed(1)} % of the budget.`),
    ...ticks(top, TICKS.y).map((rate) => horizontal(y(rate * MBIT), String(rate))),
    ...systems.map((_, i) => area(steps, i, x, y)),
    ...ticks(seconds, TICKS.x).map((time) => text(x(time), PLOT.bottom + 18, String(time), "middle")),
    text(16, PLOT.top - 2, "Mbit/s"),
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 40, "seconds since the rebuild was ordered", "middle"),
    path("budget", `M${x(0)} ${at(y(before))}H${at(x(changedAt))}V${at(y(after))}H${PLOT.right}`),
    text(x(0) + 6, y(before) - 7, `budget: ${from} Mbit/s`, "strong"),
    text(PLOT.right - 4, y(after) - 7, `budget: ${to}`, "strong end"),
    ...note(x(changedAt) + 10, y(before) + 12, [
      `${changedAt.toFixed(1)} s: address set SEC --bandwidth "${to}"`,
      "In force at once, in mid-transfer.",
    ]),
    path("pointer", `M${at(x(firstDoneAt))} ${at(y(after * 1.42))}V${at(y(after))}`),
    ...note(x(firstDoneAt), y(after * 1.6), [
      `${firstDoneAt.toFixed(1)} s: ${firstDone} has all that it needs.`,
      "The others have its share at once.",
    ]),
    ...phases.flatMap((phase, i) => labels(systems, phase, i, { x, y })),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>${heading}</title>
<style>${STYLE}</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="8"/>
${lines.join("\n")}
</svg>
`;
}

type Scale = (value: number) => number;

/** Of one system, stacked on those before it. */
function area(steps: Figures["steps"], system: number, x: Scale, y: Scale): string {
  const edge = (count: number) =>
    steps.map(({ from, to, rates }) => {
      const height = rates.slice(0, count).reduce((sum, rate) => sum + rate, 0);
      return { y: at(y(height)), from: at(x(from)), to: at(x(to)) };
    });
  const over = edge(system + 1).map((step) => `V${step.y}H${step.to}`);
  const under = edge(system).map((step) => `V${step.y}H${step.from}`);
  return path(`area area${system + 1}`, `M${PLOT.left} ${PLOT.bottom}${over.join("")}${under.toReversed().join("")}Z`);
}

/** Name and mean in the middle of each area. */
function labels(systems: readonly string[], { from, to, shares }: Phase, index: number, { x, y }: { x: Scale; y: Scale }): string[] {
  let below = 0;
  return shares.flatMap((share, i) => {
    if (share === undefined) return [];
    const middle = below + share / 2;
    below += share;
    const figure = (share / MBIT).toFixed(2);
    return [text(x((from + to) / 2), y(middle) + 4.5, `${systems[i]}  ${figure}${index === 0 ? " Mbit/s" : ""}`, "label middle")];
  });
}

const ticks = (end: number, every: number): number[] => Array.from({ length: Math.floor(end / every) + 1 }, (_, i) => i * every);
const horizontal = (y: number, label: string): string =>
  path("grid", `M${PLOT.left} ${at(y)}H${PLOT.right}`) + text(PLOT.left - 8, y + 4, label, "end");
const note = (x: number, y: number, words: readonly string[]): string[] =>
  words.map((line, i) => text(x, y + i * 18, line, i === 0 ? "strong" : ""));
const path = (kind: string, d: string): string => `<path class="${kind}" d="${d}"/>`;
const text = (x: number, y: number, words: string, kind = ""): string =>
  `<text x="${at(x)}" y="${at(y)}"${kind && ` class="${kind}"`}>${words}</text>`;
/** A tenth of a pixel is enough. */
const at = (value: number): number => Math.round(value * 10) / 10;
