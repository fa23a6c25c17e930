import type { ComponentChildren } from "preact";
import type { Trouble } from "../lib/troubles.ts";
import { plural } from "../lib/format.ts";
import { Icon } from "./icon.tsx";

const ICONS = { bad: "cross", warn: "alert", info: "info", ok: "check" } as const;

export interface TroubleItem extends Omit<Trouble, "tone" | "systems" | "clients"> {
  tone: keyof typeof ICONS;
  /** Affected clients; 0: not in the site data. */
  clients?: number;
}

/** Problems: where, why, and what to do about them. */
export function TroubleList({ items, extra }: { items: readonly TroubleItem[]; extra?: (index: number) => ComponentChildren }) {
  return (
    <ul class="troubles">
      {items.map((item, index) => (
        <li key={item.key} class={`trouble trouble-${item.tone}`}>
          <Icon name={item.icon ?? ICONS[item.tone]} />
          <div class="trouble-text">
            <p class="trouble-title">
              {item.title}
              {item.code && <code>{item.code}</code>}
              {item.clients ? <span class="trouble-clients">{plural(item.clients, "client")}</span> : null}
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
