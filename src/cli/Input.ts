/**
 * Reads the input of a command: JSON on the command line, in a file, or on standard input.
 */
import * as Argument from "effect/cli/Argument"
import { displayWidth } from "effect/cli/CliOutput"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type * as Agent from "../agent/Agent.ts"
import * as ForeignFile from "../internal/ForeignFile.ts"
import * as Printable from "../render/Printable.ts"
import { unreadable, UsageError, wordsOf } from "./CliError.ts"
import * as JsonText from "./JsonText.ts"
import * as Table from "./Table.ts"

/**
 * The argument and the flag with which a command takes its input.
 *
 * @category flags
 */
export const flags = {
  jsonInput: Argument.String("json").pipe(
    Argument.withDescription("Input as JSON, or - to read standard input"),
    Argument.optional
  ),
  input: Flag.String("input").pipe(
    Flag.withAlias("i"),
    Flag.withMetavar("FILE"),
    Flag.withDescription("Read the input from a JSON file"),
    Flag.optional
  )
}

/**
 * `json` is JSON, or `-` for standard input; `file` is a path, or `-`. Exactly one of them is given.
 *
 * @category models
 */
export interface Source {
  readonly json: Option.Option<string>
  readonly file: Option.Option<string>
}

/**
 * The JSON value of a source. Fails with a `UsageError` when there is no input, or two; when it cannot be read, is larger
 * than `JsonText.mostBytes` or nested deeper than `JsonText.mostLevels`; and when it is not JSON, with line and column.
 * Where there is no input, the hint lists the fields that `reader` reads.
 *
 * @category reading
 */
export const read = Effect.fnUntraced(function*(
  source: Source,
  reader: { readonly name: string; readonly input: Agent.AnySchema }
): Effect.fn.Return<unknown, UsageError, Stdio.Stdio> {
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
    hint: [
      Printable.line(`Give JSON, --input FILE, or - to read standard input. ${reader.name} reads:`),
      ...outline(reader.input)
    ]
      .join("\n")
  })
})

const fromFile = Effect.fnUntraced(function*(path: string) {
  const { mostBytes } = JsonText
  return yield* parse(yield* Effect.mapError(ForeignFile.text(path, { mostBytes }), unreadable(path)), path)
})

const fromStandardInput = Effect.gen(function*() {
  const { stdin } = yield* Stdio.Stdio
  const text = yield* Effect.catchTag(
    textOf(stdin, "Standard input"),
    "PlatformError",
    (error) => Effect.fail(new UsageError({ problem: `Standard input cannot be read: ${wordsOf(error)}` }))
  )
  return yield* parse(text, "Standard input")
})

/** Stops reading at the limit, so that an endless input ends, too. */
const textOf = Effect.fnUntraced(function*<E>(bytes: Stream.Stream<Uint8Array, E>, name: string) {
  let left = JsonText.mostBytes
  const bounded = Stream.mapEffect(bytes, (chunk) => {
    left -= chunk.length
    return left < 0 ? Effect.fail(tooLarge(name)) : Effect.succeed(chunk)
  })
  return yield* Stream.mkString(Stream.decodeText(bounded))
})

const tooLarge = (name: string) =>
  new UsageError({ problem: `${name} is larger than ${JsonText.mostBytes / 1024 / 1024} MiB, the limit of an input.` })

/**
 * Fails with a `UsageError` that shows the wrong line and points at the place.
 *
 * @category reading
 */
export const parse = (json: string, name: string): Effect.Effect<unknown, UsageError> => {
  // without the space at the end, a missing brace is reported where it is missing
  const text = json.trimEnd()
  if (text === "") return Effect.fail(new UsageError({ problem: `${name} is empty.`, hint: "It should be JSON." }))
  return Effect.fromResult(Result.mapError(JsonText.parse(text), ({ at, problem }) => {
    const start = text.lastIndexOf("\n", at - 1) + 1
    const end = text.indexOf("\n", at)
    const line = countLines(text, start)
    const column = at - start
    const from = Math.max(start, at - 60)
    const excerpt = text.slice(from, Math.min(end < 0 ? text.length : end, at + 20))
    return new UsageError({
      problem: `${name} is not JSON that can be read: ${problem}, at line ${line}, column ${column + 1}.`,
      hint: `  ${visible(excerpt)}\n  ${" ".repeat(displayWidth(visible(text.slice(from, at))))}^`
    })
  }))
}

const visible = (line: string): string => Printable.text(line).replaceAll("\t", " ")

/** How many lines begin up to `end`. */
const countLines = (text: string, end: number): number => {
  let lines = 1
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++
  return lines
}

/** A line for each field: its name, with a question mark where it is optional, and its description. */
const outline = (schema: Agent.AnySchema): ReadonlyArray<string> => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
  const resolve = (node: unknown): Readonly<Record<string, unknown>> => {
    if (!isRecord(node)) return {}
    return typeof node["$ref"] === "string" ? resolve(definitions[node["$ref"].split("/").at(-1)!]) : node
  }
  const { description, properties, required, type } = resolve(root)
  if (!isRecord(properties)) {
    return [`  ${Printable.line([type, description].filter(isString).join(": ")) || "any JSON"}`]
  }
  const needed = new Set(Array.isArray(required) ? required : [])
  const rows = Object.entries(properties).map(([name, property]) => {
    const { description, enum: choices, type } = resolve(property)
    const what = isString(description) ? description : Array.isArray(choices) ? choices.join(" | ") : String(type ?? "")
    return [needed.has(name) ? name : `${name}?`, what].map(Printable.line)
  })
  return Table.render([{ title: "" }, { title: "", flexible: true }], rows, 78).map((line) => `  ${line}`)
}

const isString = (u: unknown): u is string => typeof u === "string"

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null
