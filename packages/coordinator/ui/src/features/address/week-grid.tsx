import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { hourOfWeek, type Window } from "@sitewright/protocol";
import { now } from "../../api/clock.ts";
import { cellAfter, cellName, DAYS, paintBetween, two } from "../../lib/lines/week-grid.ts";
import { WINDOWS } from "./window-words.ts";

const NAMES = Object.fromEntries(WINDOWS.map(({ window, name }) => [window, name])) as Record<Window, string>;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

interface WeekGridProps {
  schedule: readonly Window[];
  timeZone: string;
  onChange: (schedule: Window[]) => void;
}

/** Seven days of 24 hours to paint on: with the pointer, by whole days or hours, or by keyboard. */
export function WeekGrid({ schedule, timeZone, onChange }: WeekGridProps) {
  const brush = useSignal<Window>("high");
  /** The one cell in the tab order. */
  const current = useSignal(0);
  const grid = useRef<HTMLDivElement>(null);
  const hourNow = hourOfWeek(timeZone, now.value);
  /** While the pointer is down: where it began, and the schedule then. */
  const stroke = useRef<{ from: number; before: readonly Window[] } | undefined>(undefined);
  const paint = (from: number, to: number, before = schedule) => onChange(paintBetween(before, from, to, brush.value));

  useEffect(() => {
    const end = () => (stroke.current = undefined);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    return () => {
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
  }, []);

  function press(event: KeyboardEvent): void {
    const at = current.value;
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      return paint(at, at);
    }
    const next = cellAfter(at, event.key, matchMedia("(max-width: 720px)").matches);
    if (next === undefined) return;
    event.preventDefault();
    current.value = next;
    grid.current?.querySelector<HTMLElement>(`[data-cell="${next}"]`)?.focus();
    if (event.shiftKey) paint(at, next);
  }

  function begin(cell: number, event: PointerEvent): void {
    if (event.button !== 0) return;
    // Touch would capture the pointer to the first cell.
    if (event.currentTarget instanceof Element) event.currentTarget.releasePointerCapture(event.pointerId);
    stroke.current = { from: cell, before: schedule };
    current.value = cell;
    paint(cell, cell);
  }

  function enter(cell: number): void {
    const begun = stroke.current;
    if (begun) paint(begun.from, cell, begun.before);
  }

  return (
    <>
      <Brushes brush={brush.value} onChoose={(window) => (brush.value = window)} />
      <div ref={grid} class="week" role="grid" aria-label="Schedule by day and hour" onKeyDown={press}>
        <div class="week-row" role="row">
          {HOURS.map((hour) => (
            <span key={hour} class="week-hour" role="columnheader" style={{ "--hour": hour }}>
              <button
                type="button"
                tabIndex={-1}
                aria-label={`${two(hour)}: paint this hour on every day`}
                onClick={() => paint(hour, 6 * 24 + hour)}
              >
                {two(hour)}
              </button>
            </span>
          ))}
        </div>
        {DAYS.map((name, day) => (
          <div key={name} class="week-row" role="row" style={{ "--day": day }}>
            <span class="week-day" role="rowheader">
              <button
                type="button"
                tabIndex={-1}
                aria-label={`${name.slice(0, 3)}: paint all of ${name}`}
                onClick={() => paint(day * 24, day * 24 + 23)}
              >
                {name.slice(0, 3)}
              </button>
            </span>
            {HOURS.map((hour) => {
              const cell = day * 24 + hour;
              const window = schedule[cell] ?? "all";
              return (
                <span
                  key={hour}
                  class={`week-cell window-${window}${cell === hourNow ? " week-now" : ""}`}
                  role="gridcell"
                  tabIndex={cell === current.value ? 0 : -1}
                  aria-label={`${cellName(cell)}: ${NAMES[window]}`}
                  title={`${cellName(cell)}: ${NAMES[window]}`}
                  data-cell={cell}
                  style={{ "--hour": hour }}
                  onFocus={() => (current.value = cell)}
                  onPointerDown={(event) => begin(cell, event)}
                  onPointerEnter={() => enter(cell)}
                />
              );
            })}
          </div>
        ))}
      </div>
      <p class="hint">
        Hours of {timeZone.replaceAll("_", " ")}; the present one is framed. Choose what may be sent, then paint hours; a day's or an hour's
        name paints all of it. By keyboard: arrows move, Space paints, Shift with arrows paints further.
      </p>
    </>
  );
}

/** Selects the window to paint with; also the legend. */
function Brushes({ brush, onChoose }: { brush: Window; onChoose: (window: Window) => void }) {
  return (
    <fieldset class="segments brushes">
      <legend class="unseen">Paint with</legend>
      {WINDOWS.map(({ window, name }) => (
        <label key={window}>
          <input type="radio" name="brush" value={window} checked={brush === window} onChange={() => onChoose(window)} />
          <span>
            <span class={`brush window-${window}`} /> {name}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
