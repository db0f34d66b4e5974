/**
 * Reads the input of a command: JSON on the command line, in a file, or on standard input.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type * as Agent from "../agent/Agent.ts"
import * as Table from "./Table.ts"
import { UsageError } from "./UsageError.ts"

/**
 * `json` is JSON, or `-` for standard input; `file` is a path, or `-`. One of the two must be there.
 *
 * @category models
 */
export interface Source {
  readonly json: Option.Option<string>
  readonly file: Option.Option<string>
}

/**
 * The JSON value of a source. Fails with a `UsageError` when there is none, or two; when a file cannot be read; and when
 * the text is not JSON, with the place where it stops being JSON. `reader` is what reads it: where there is no input, the
 * hint lists its fields.
 *
 * @category reading
 */
export const read = Effect.fnUntraced(function*(
  source: Source,
  reader: { readonly name: string; readonly input: Agent.AnySchema }
): Effect.fn.Return<unknown, UsageError, FileSystem.FileSystem | Stdio.Stdio> {
  if (Option.isSome(source.json) && Option.isSome(source.file)) {
    return yield* new UsageError({
      problem: "There are two inputs.",
      hint: "Give JSON, or --input FILE, not both."
    })
  }
  if (Option.isSome(source.json) && source.json.value !== "-") return yield* parse(source.json.value, "The input")
  if (Option.isSome(source.file) && source.file.value !== "-") return yield* fromFile(source.file.value)
  if (Option.isSome(source.json) || Option.isSome(source.file)) return yield* fromStandardInput
  return yield* new UsageError({
    problem: `${reader.name} needs an input.`,
    hint: [`Give JSON, --input FILE, or - to read standard input. ${reader.name} reads:`, ...outline(reader.input)]
      .join("\n")
  })
})

const fromFile = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fileSystem.readFileString(path), ({ reason }) => {
    const why = reason._tag === "NotFound" ? "There is no such file" : `This file cannot be read (${reason._tag})`
    return new UsageError({ problem: `${why}: ${path}` })
  })
  return yield* parse(text, path)
})

const fromStandardInput = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const text = yield* Effect.mapError(
    Stream.mkString(Stream.decodeText(stdio.stdin)),
    ({ reason }) => new UsageError({ problem: `Standard input cannot be read (${reason._tag}).` })
  )
  return yield* parse(text, "Standard input")
})

/**
 * Fails with a `UsageError` that shows the line at fault and points at the place.
 *
 * @category reading
 */
export const parse = (json: string, name: string): Effect.Effect<unknown, UsageError> => {
  const text = json.trimEnd() // or a missing brace would be missed on the line after
  return Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => {
      if (text === "") return new UsageError({ problem: `${name} is empty.`, hint: "It should be JSON." })
      const { message } = cause as SyntaxError // all that JSON.parse throws
      const at = placeOf(text, message)
      const before = text.slice(0, at).split("\n")
      const column = before.at(-1)!.length
      const what = message.replace(/,? (\.\.\.)?".*$|( in JSON)?( at position .*)?$/s, "")
      const line = text.split("\n")[before.length - 1]!
      const from = Math.max(0, column - 60)
      return new UsageError({
        problem: `${name} is not JSON: ${what} at line ${before.length}, column ${column + 1}.`,
        hint: `  ${line.slice(from, column + 20)}\n  ${" ".repeat(column - from)}^`
      })
    }
  })
}

/** V8 tells the position, or which token it met, or that the text ended. */
const placeOf = (text: string, message: string): number => {
  const stated = /at position (\d+)/.exec(message)?.[1]
  if (stated !== undefined) return Number(stated)
  const token = /^Unexpected token '(.)'/su.exec(message)?.[1]
  if (token === undefined) return text.length
  // the first of its kind up to which the text is already wrong
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
    try {
      JSON.parse(text.slice(0, at + 1))
    } catch (error) {
      if (error instanceof SyntaxError && error.message.startsWith("Unexpected token")) return at
    }
  }
  return 0
}

/** One line a field: its name, what it is, and whether it may be left out. */
const outline = (schema: Agent.AnySchema): ReadonlyArray<string> => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
  const resolve = (node: unknown): Readonly<Record<string, unknown>> => {
    if (!isRecord(node)) return {}
    return typeof node["$ref"] === "string" ? resolve(definitions[node["$ref"].split("/").at(-1)!]) : node
  }
  const { description, properties, required, type } = resolve(root)
  if (!isRecord(properties)) return [`  ${[type, description].filter(isString).join(": ") || "any JSON"}`]
  const needed = new Set(Array.isArray(required) ? required : [])
  const rows = Object.entries(properties).map(([name, property]) => {
    const { description, enum: choices, type } = resolve(property)
    const what = isString(description) ? description : Array.isArray(choices) ? choices.join(" | ") : String(type ?? "")
    return [needed.has(name) ? name : `${name}?`, what]
  })
  return Table.render([{ title: "" }, { title: "", flexible: true }], rows, 78).map((line) => `  ${line}`)
}

const isString = (u: unknown): u is string => typeof u === "string"

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null
