/**
 * The file behind a `Cassette`: JSON with sorted keys and entries, so that the same recording gives the same bytes.
 */
import * as AiError from "effect/ai/AiError"
import * as AnthropicStructuredOutput from "effect/ai/AnthropicStructuredOutput"
import * as OpenAiStructuredOutput from "effect/ai/OpenAiStructuredOutput"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { rename, stat, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import * as Folder from "../database/internal/Folder.ts"
import * as ForeignFile from "../internal/ForeignFile.ts"
import * as SafeJson from "../internal/SafeJson.ts"
import { CassetteUnusable } from "./CassetteError.ts"

/**
 * One call: what was asked, and the parts of the answer. `failure` is what it failed with after those, an `AiError`.
 * `abandoned` says that the caller went away before the end.
 *
 * @category models
 */
export const Entry = Schema.Struct({
  request: Schema.Json,
  parts: Schema.Array(Schema.Json.check(Schema.makeFilter((part) => Predicate.isObject(part)))),
  failure: Schema.optionalKey(Schema.Json),
  abandoned: Schema.optionalKey(Schema.Literal(true))
})
/** @category models */
export type Entry = typeof Entry.Type

/** How the recorded provider wants schemas of structured output written. @category models */
export const Codec = Schema.Literals(["default", "openai", "anthropic"])

/** The transformers that `Codec` names. @category models */
export const codecs = {
  default: undefined,
  openai: OpenAiStructuredOutput.toCodecOpenAI,
  anthropic: AnthropicStructuredOutput.toCodecAnthropic
}

/** @category models */
export const CassetteFile = Schema.Struct({
  version: Schema.Literal(1),
  provider: Schema.String,
  model: Schema.String,
  offline: Schema.Boolean,
  codec: Codec,
  entries: Schema.Array(Entry)
})
/** @category models */
export type CassetteFile = typeof CassetteFile.Type

/** Whether something is there: `read` says why it is not a cassette. @category reading */
export const exists = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() => stat(path).then(() => true, (error: NodeJS.ErrnoException) => error.code !== "ENOENT"))

const mostBytes = 256 * 1024 * 1024

const parse = Schema.decodeEffect(SafeJson.fromText(Schema.Unknown))

/** Reads a file of this schema, and of `SafeJson.mostLevels` levels at most. @category reading */
export const read = Effect.fnUntraced(function*<A>(
  path: string,
  schema: Schema.Codec<A, unknown>
): Effect.fn.Return<A, CassetteUnusable> {
  const text = yield* Effect.mapError(
    ForeignFile.text(path, { mostBytes }),
    ({ reason }) => new CassetteUnusable({ path, reason: `it cannot be read: ${reason.description}` })
  )
  const notRecorded = (message: string) =>
    new CassetteUnusable({ path, reason: `it is not what a recording writes: ${message}` })
  const json = yield* Effect.mapError(parse(text), ({ message }) => notRecorded(message))
  return yield* Effect.mapError(Schema.decodeUnknownEffect(schema)(json), ({ message }) => notRecorded(message))
})

/** Replaces the file in one step. Fails for what is not a file, such as a device, which would be replaced, too. @category writing */
export const write = Effect.fnUntraced(function*<
  File extends { readonly entries: ReadonlyArray<{ readonly request: Schema.Json }> }
>(
  path: string,
  file: File
) {
  const entries = file.entries.toSorted((a, b) => {
    const [left, right] = [canonical(a.request), canonical(b.request)]
    return left < right ? -1 : left > right ? 1 : 0
  })
  const text = `${JSON.stringify(sorted(toJson({ ...file, entries })), undefined, 2)}\n`
  yield* attempt(path, async () => {
    await Folder.make(dirname(path))
    if ((await stat(path).catch(() => undefined))?.isFile() === false) throw new Error("it is not a regular file")
    await writeFile(`${path}.part`, text)
    await rename(`${path}.part`, path)
  })
})

/** The same text for the same JSON, whatever the order of its keys. @category writing */
export const canonical = (json: Schema.Json): string => JSON.stringify(sorted(json))

/** @category writing */
export const encodeFailure = Schema.encodeSync(Schema.toCodecJson(AiError.AiError))

/** Fails where `decodeFailure` throws. @category reading */
export const checkFailure = Schema.decodeUnknownEffect(Schema.toCodecJson(AiError.AiError))

/** @category reading */
export const decodeFailure = Schema.decodeUnknownSync(Schema.toCodecJson(AiError.AiError))

/** What is left of a value in a file. @category writing */
export const toJson = (value: unknown): Schema.Json => JSON.parse(JSON.stringify(value))

/** The same JSON, with the keys of its objects in the order of the alphabet. @category writing */
export const sorted = (json: Schema.Json): Schema.Json => {
  if (Array.isArray(json)) return json.map(sorted)
  if (!Predicate.isObject(json)) return json
  return Object.fromEntries(
    Object.entries(json as Schema.JsonObject).toSorted(([a], [b]) => a < b ? -1 : 1).map((
      [key, value]
    ) => [key, sorted(value)])
  )
}

const attempt = <A>(path: string, work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (error) => new CassetteUnusable({ path, reason: Predicate.isError(error) ? error.message : String(error) })
  })
