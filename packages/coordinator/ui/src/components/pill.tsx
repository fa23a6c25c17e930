import type { ComponentChildren } from "preact";
import { UNIT_KINDS, packageOf, parseUnitKey, type Role, type Unit } from "@sitewright/protocol";
import { packageNames } from "../api/packages.ts";
import type { Look } from "../lib/words.ts";
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
          {UNIT_KINDS[role].label}
        </span>
      ))}
    </span>
  );
}

/** A unit by its id and kind; for a package also its name. */
export function UnitName({ unit: { role, name } }: { unit: Unit }) {
  const called = packageNames.value.get(packageOf({ role, name }) ?? "");
  return (
    <span class="unit-name">
      {name}
      <RoleLabels roles={[role]} />
      {called && <span class="package-name">{called}</span>}
    </span>
  );
}

/** `dp/ABC00001` as its name and kind. */
export function UnitKeyName({ unitKey }: { unitKey: string }) {
  const unit = parseUnitKey(unitKey);
  return unit ? <UnitName unit={unit} /> : <>{unitKey}</>;
}
