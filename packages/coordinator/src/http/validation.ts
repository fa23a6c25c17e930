import { AjvCompiler } from "@fastify/ajv-compiler";
import type { FastifySchemaCompiler, ValidationResult } from "fastify";

const compile = AjvCompiler()({}, { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } });

/** Compiles the schema of a route when it is first used: all of them take a quarter of a coordinator's start. */
export const compileWhenUsed: FastifySchemaCompiler<unknown> = (route) => {
  let compiled: ReturnType<typeof compile> | undefined;
  return (data: unknown) => {
    compiled ??= compile(route);
    return compiled(data) === true ? { value: data } : { error: (compiled.errors ?? []) as ValidationResult[] };
  };
};

/** Faults reported together. */
const MOST_TOLD = 10;

/** The faults of a request, in terms of its author. */
export function describeFaults(errors: ValidationResult[], part: string): Error {
  return new Error(
    errors
      .slice(0, MOST_TOLD)
      .map((error) => describe(error, part))
      .join("; "),
  );
}

function describe({ instancePath, keyword, params, message }: ValidationResult, part: string): string {
  const place = instancePath === "" ? `the ${part}` : instancePath.slice(1).replaceAll("/", ".");
  if (keyword === "additionalProperties") return `${place} has an unknown field ${JSON.stringify(params["additionalProperty"])}`;
  if (keyword === "enum") return `${place} must be one of ${(params["allowedValues"] as string[]).join(", ")}`;
  return `${place} ${message ?? "is not right"}`;
}
