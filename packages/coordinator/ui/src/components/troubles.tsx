import type { ComponentChildren } from "preact";
import type { Attention } from "../lib/attention.ts";
import { Icon } from "./icon.tsx";

const ICONS = { bad: "cross", warn: "away", info: "info" } as const;

/** What went wrong or waits: where, why, and what to do about it. */
export function TroubleList({
  items,
  extra,
}: {
  items: readonly Omit<Attention, "run" | "retry">[];
  extra?: (index: number) => ComponentChildren;
}) {
  return (
    <ul class="troubles">
      {items.map((item, index) => (
        <li key={item.key} class={`trouble trouble-${item.tone}`}>
          <Icon name={ICONS[item.tone]} />
          <div class="trouble-text">
            <p class="trouble-title">
              {item.title}
              {item.code && <code>{item.code}</code>}
            </p>
            <p>{item.reason}</p>
            <p class="trouble-advice">{item.advice}</p>
          </div>
          {extra?.(index)}
        </li>
      ))}
    </ul>
  );
}
