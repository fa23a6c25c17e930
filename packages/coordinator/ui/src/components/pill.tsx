import type { ComponentChildren } from "preact";
import { parseUnitKey, type Role } from "@sitewright/protocol";
import { ROLE_NAMES, type Look } from "../lib/words.ts";
import { Icon } from "./icon.tsx";

/** A state by colour, icon and word. */
export function Pill({ look, children }: { look: Look; children?: ComponentChildren }) {
  return (
    <span class={`pill pill-${look.tone}`}>
      <Icon name={look.icon} />
      {children ?? look.word}
    </span>
  );
}

export function RoleLabels({ roles }: { roles: readonly Role[] }) {
  return (
    <span class="labels">
      {roles.map((role) => (
        <span key={role} class="label">
          {ROLE_NAMES[role]}
        </span>
      ))}
    </span>
  );
}

/** `dp/ABC00001` as its name and what it is. */
export function UnitName({ unitKey }: { unitKey: string }) {
  const unit = parseUnitKey(unitKey);
  return (
    <span class="unit-name">
      {unit?.name ?? unitKey}
      {unit && <RoleLabels roles={[unit.role]} />}
    </span>
  );
}
