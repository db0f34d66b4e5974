/**
 * JSON as text that keeps a zero below zero: `JSON.parse` reads `-0`, and `JSON.stringify` writes it as 0.
 */
import type * as Schema from "effect/Schema"

/** The shortest text that `JSON.parse` reads as `json`. */
export const stringify = (json: Schema.Json): string =>
  holdsNegativeZero(json) ? JSON.stringify(json, keeping) : JSON.stringify(json)

const holdsNegativeZero = (json: Schema.Json): boolean =>
  typeof json === "object" && json !== null
    ? Object.values(json).some(holdsNegativeZero)
    : Object.is(json, -0)

/** The library of types does not have it yet. */
const { rawJSON } = JSON as typeof JSON & { readonly rawJSON: (text: string) => unknown }

const keeping = (_: string, json: unknown): unknown => Object.is(json, -0) ? rawJSON("-0") : json
