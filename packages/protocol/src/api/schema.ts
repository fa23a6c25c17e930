import type { FromSchema, JSONSchema } from "json-schema-to-ts";

export type { JSONSchema as JsonSchema } from "json-schema-to-ts";

/** The type of the values that a schema describes, so that type and schema cannot differ. */
export type Of<Schema extends JSONSchema> = FromSchema<Schema>;

type Fields = Readonly<Record<string, JSONSchema>>;

/** An object with these fields and no others. */
export function object<const Required extends Fields, const Optional extends Fields = Record<never, never>>(
  required: Required,
  optional?: Optional,
) {
  return {
    type: "object",
    additionalProperties: false,
    required: Object.keys(required) as (keyof Required & string)[],
    properties: { ...required, ...optional } as Required & Optional,
  } as const;
}

export function list<const Items extends JSONSchema>(items: Items) {
  return { type: "array", items } as const;
}

/** An object whose keys are data. */
export function table<const Values extends JSONSchema>(values: Values) {
  return { type: "object", additionalProperties: values } as const;
}

export function oneOf<const Value extends string>(values: readonly Value[]) {
  return { enum: values } as const;
}

export const text = { type: "string" } as const;
export const number = { type: "number" } as const;
export const flag = { type: "boolean" } as const;
/** ms since 1970. */
export const time = number;
/** Bytes, files or other things counted. */
export const count = { type: "integer", minimum: 0 } as const;
/** A field that is present only when it is true. */
export const yes = { const: true } as const;
/** A name of the hierarchy in a request. */
export const name = { type: "string", minLength: 1, maxLength: 255 } as const;
