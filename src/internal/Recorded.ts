/**
 * Values as JSON that may be kept and shown: encoded by their schema, with secrets left out.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const mask = "<redacted>"

/**
 * `value` is of the type side of `schema`. A `Redacted` value in it, which a schema would encode as the secret it hides,
 * is masked. Nothing where JSON cannot hold the value.
 */
export const toJson = (schema: Schema.Constraint, value: unknown): Effect.Effect<Schema.Json | undefined> => {
  // what stands in a schema of unknown type is encoded to JSON, or not at all
  const codec = Schema.toCodecJson(Schema.toType(schema)) as Schema.ConstraintCodec<unknown, Schema.Json>
  return Schema.encodeUnknownEffect(codec)(value).pipe(
    Effect.map((json) => secretsOf(value).reduce(masked, json)),
    Effect.orElseSucceed(() => undefined)
  )
}

type Path = ReadonlyArray<string>

/** Where in the value secrets stand: a path ends early where the value has no keys to go on by. */
const secretsOf = (value: unknown): ReadonlyArray<Path> => {
  const found: Array<Path> = []
  const seen = new Set<unknown>()
  const walk = (at: unknown, path: Path, keyed: boolean) => {
    if (Redacted.isRedacted(at)) return void found.push(path)
    if (typeof at !== "object" || at === null || seen.has(at)) return
    seen.add(at)
    if (keyed && (Array.isArray(at) || !(Symbol.iterator in at))) {
      for (const [key, below] of Object.entries(at)) walk(below, [...path, key], true)
    } else if (Symbol.iterator in at && typeof at[Symbol.iterator] === "function") {
      for (const below of at as Iterable<unknown>) walk(below, path, false)
    } else {
      for (const below of Object.values(at)) walk(below, path, false)
    }
  }
  walk(value, [], true)
  return found
}

/** The schema may lay things out differently: then all that stands around the secret is masked. */
const masked = (json: Schema.Json, [key, ...rest]: Path): Schema.Json => {
  if (key === undefined || typeof json !== "object" || json === null || !Object.hasOwn(json, key)) return mask
  if (Array.isArray(json)) return json.map((item, at) => String(at) === key ? masked(item, rest) : item)
  return { ...json, [key]: masked((json as { readonly [key: string]: Schema.Json })[key]!, rest) }
}
