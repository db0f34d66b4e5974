/**
 * Texts and values that are made to take long to read at the doors besides those of `hostile.ts`: answers and streams of models,
 * files, pages, names, notes.
 */
import { NodeServices } from "@effect/platform-node"
import { Effect, Schema } from "effect"
import { Agent, Llm, Manifest, Pipeline, Run, Step } from "greenlang"
import * as Printable from "greenlang/render/Printable"
import * as HtmlReport from "greenlang/report/HtmlReport"
import { Cassette, Difference, ScriptedLlm } from "greenlang/testing"
import * as Secrets from "greenlang/testing/Secrets"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Answers from "../../llm/wire/Answers.ts"
import * as Wire from "../../llm/wire/Wire.ts"
import * as CommandLine from "../../support/CommandLine.ts"
import type { Hostile } from "./hostile.ts"

type Reading = ReturnType<Hostile["made"]>

const repeated = (unit: string, characters: number) => unit.repeat(Math.ceil(characters / unit.length))
const lines = (line: (at: number) => string, characters: number) =>
  Array.from({ length: Math.ceil(characters / line(100_000).length) }, (_, at) => line(at)).join("")
const pairs = (characters: number) => Math.ceil(characters / 25)

const server = (body: (format: Wire.Format) => string) => (format: Wire.Format, way: Wire.Way): Reading => {
  const text = body(format)
  return () => Effect.runPromiseExit(Effect.scoped(Wire.ask(format, way, text)))
}

/** A stream whose pieces are these. */
const stream = (what: string, pieces: (characters: number) => ReadonlyArray<string>): Hostile => ({
  kind: "streams of a model",
  what,
  made: (characters) => {
    const all = pieces(characters)
    return server(() => Wire.sse(...all.map((content) => Answers.chunk({ content })), Answers.stop, Wire.done))(
      "openai",
      "stream"
    )
  }
})

const raw = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "events of a server",
  what,
  made: (characters) => {
    const body = text(characters)
    return server(() => body)("openai", "stream")
  }
})

const call = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "arguments of a tool",
  what,
  made: (characters) => {
    const whole = text(characters)
    const pieces = Array.from({ length: Math.ceil(whole.length / 20) }, (_, at) => whole.slice(at * 20, at * 20 + 20))
    return server(() =>
      Wire.sse(
        Answers.callChunk({ index: 0, id: "c", type: "function", function: { name: "get_time", arguments: "" } }),
        ...pieces.map((piece) => Answers.callChunk({ index: 0, function: { arguments: piece } })),
        Answers.stopForCalls,
        Wire.done
      )
    )("openai", "stream")
  }
})

const whole = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "answers of a model",
  what,
  made: (characters) => {
    const body = JSON.stringify(Answers.message([{ type: "text", text: text(characters) }]))
    return server(() => body)("anthropic", "whole")
  }
})

const typed = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "typed answers of a model",
  what,
  made: (characters) => {
    const answer = text(characters)
    return () =>
      Effect.runPromiseExit(Effect.provide(
        Llm.generateObject(Schema.Struct({ city: Schema.String }), { prompt: "hi", attempts: 1 }),
        ScriptedLlm.layer(answer)
      ))
  }
})

const folder = () => mkdtempSync(join(tmpdir(), "hostile-"))

/** What reads a file that holds `text`. */
const fileOf = (kind: string, extension: string, read: (path: string) => Effect.Effect<unknown, unknown>) =>
(
  what: string,
  text: (characters: number) => string
): Hostile => ({
  kind,
  what,
  made: (characters) => {
    const content = text(characters)
    return () =>
      Effect.runPromise(Effect.acquireUseRelease(
        Effect.sync(() => {
          const path = join(folder(), `hostile${extension}`)
          writeFileSync(path, content)
          return path
        }),
        (path) => Effect.exit(read(path)),
        (path) => Effect.sync(() => rmSync(dirname(path), { recursive: true }))
      ))
  }
})

const csv = fileOf("CSV", ".csv", (path) => CommandLine.run(["footprint", path, "--out", `${path}.out`]))
const manifest = fileOf("manifests", ".yaml", (path) => Effect.provide(Manifest.load(path), NodeServices.layer))
const cassette = fileOf("cassettes", ".json", (path) =>
  Effect.provide(
    Effect.forEach(Array.from({ length: 20 }), () => Effect.exit(Llm.generate("hi"))),
    Cassette.layerReplay({ path })
  ))

const shown = (kind: string, show: (text: string) => unknown) =>
(
  what: string,
  text: (characters: number) => string
): Hostile => ({
  kind,
  what,
  made: (characters) => {
    const foreign = text(characters)
    return async () => show(foreign)
  }
})

const terminal = shown(
  "texts for a terminal",
  (text) => [Printable.text(text), Printable.line(text), Printable.json(text)]
)
const address = shown("addresses", (text) => Secrets.address(text))
const name = shown("names", (text) => {
  try {
    return Step.make(text, [], () => Effect.succeed(1))
  } catch (error) {
    return error
  }
})
const difference = shown("differences", (text) => Difference.between(text.split(","), text.split(",").toReversed()))

const page = (what: string, made: (characters: number) => unknown): Hostile => ({
  kind: "values for a page",
  what,
  made: (characters) => {
    const value = made(characters)
    const Gives = Pipeline.make(
      "Gives",
      { version: "1", input: Schema.Finite, output: Schema.Any },
      (n) => Step.make("gives", [n], () => Effect.succeed(value), { output: Schema.Any })
    )
    return () => Effect.runPromise(Gives.run(1).pipe(HtmlReport.record(Gives, () => Effect.void)))
  }
})

const notes = (what: string, note: (at: number) => Effect.Effect<void>): Hostile => ({
  kind: "notes of a run",
  what,
  made: (characters) => {
    const count = Math.ceil(characters / 100)
    const Notes = Agent.make("Notes", {
      version: "1",
      input: Schema.Finite,
      output: Schema.Finite,
      execute: (n) =>
        Effect.as(Effect.forEach(Array.from({ length: count }), (_, at) => note(at), { discard: true }), n)
    })
    return () => Effect.runPromise(Notes.run(1))
  }
})

export const hostileDoors: ReadonlyArray<Hostile> = [
  stream("one letter in each piece", (size) => Array.from({ length: Math.ceil(size / 100) }, () => "a")),
  stream("tags of thoughts", (size) => Array.from({ length: Math.ceil(size / 100) }, () => "<think>")),
  stream("brackets in each piece", (size) => Array.from({ length: Math.ceil(size / 100) }, () => "<|")),
  raw("one line without an end", (size) => `data: ${repeated("a", size)}`),
  raw("lines without an event", (size) => repeated("data: a\n", size)),
  raw("comments", (size) => repeated(":\n", size)),
  raw("line breaks", (size) => repeated("\r\n", size)),
  call("a text in pieces", (size) => `{"tz":"${repeated("a", size / 4)}"}`),
  call("brackets in pieces", (size) => repeated("{\"tz\":", size / 4)),
  whole("tags of thoughts", (size) => repeated("<think>", size)),
  whole("tags of calls", (size) => repeated("<tool_call>", size)),
  whole("channels", (size) => repeated("<|channel|>", size)),
  typed("brackets", (size) => repeated("{", size)),
  typed("fences", (size) => repeated("```json\n", size)),
  typed("objects", (size) => repeated("{}", size)),
  typed("quotes", (size) => `{"city":${repeated("\"", size)}`),
  typed("commas", (size) => `{"city":"a"${repeated(",", size)}}`),
  csv("quotes", (size) => `fuel_type,amount,unit,country\n${repeated("\"", size)}`),
  csv("columns", (size) => repeated("a,", size)),
  csv("rows of nothing", (size) => `fuel_type,amount,unit,country\n${repeated("\n", size)}`),
  manifest("keys", (size) => lines((at) => `k${at}: 1\n`, size)),
  manifest("brackets", (size) => repeated("[", size)),
  cassette(
    "entries",
    (size) =>
      `{"version":1,"provider":"p","model":"m","offline":false,"codec":"default","entries":[${
        lines((at) => `{"request":{"n":${at}},"parts":[]},`, size)
      }{"request":1,"parts":[]}]}`
  ),
  cassette("brackets", (size) => repeated("[", size)),
  terminal("escapes", (size) => repeated("\u001b[", size)),
  terminal("blanks", (size) => repeated(" ", size)),
  terminal("halves of pairs", (size) => repeated("\ud800", size)),
  address("users", (size) => `https://${repeated("a:", size)}@host`),
  address("parameters", (size) => `https://host/?${lines((at) => `token${at}=a&`, size)}`),
  address("slashes", (size) => `https://host/${repeated("/", size)}`),
  name("letters", (size) => repeated("a", size)),
  name("marks", (size) => repeated("\u0301", size)),
  name("blanks", (size) => repeated(" ", size)),
  difference("lists", (size) => lines((at) => `${at},`, size)),
  page("a list", (size) => Array.from({ length: pairs(size) }, (_, at) => ({ at }))),
  page("an object", (size) => Object.fromEntries(Array.from({ length: pairs(size) }, (_, at) => [`k${at}`, at]))),
  page("a text", (size) => repeated("a ", size)),
  page("a word", (size) => repeated("a", size)),
  notes("annotations", (at) => Run.annotate(`note ${at}`, at)),
  notes(
    "citations",
    (at) => Run.cite({ kind: "calculation", step: `${at}`, formula: "a", inputs: {}, output: at, unit: "kg" })
  ),
  notes("tokens", (at) => Run.emitToken(`${at}`))
]
