/**
 * Texts and values that are made to take long to read, of any size, each with what reads it. What is refused for its size
 * counts as read.
 */
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer, Redacted, Schema } from "effect"
import { Agent, Llm, Manifest, Offline, Pipeline, PipelineSpec, Run, Step, Tool } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
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
import { Reads } from "./reads.ts"

type Reading = () => Effect.Effect<unknown, unknown>

/** `made` makes an input of about so many characters, and answers with what reads it. */
export interface Hostile {
  readonly kind: string
  readonly what: string
  readonly made: (characters: number) => Reading
}

const rows = Agent.make("Rows", {
  version: "1.0.0",
  input: Schema.Struct({ rows: Schema.Array(Schema.Struct({ amount: Schema.Finite, unit: Schema.String })) }),
  output: Schema.Finite,
  execute: ({ rows }) => Effect.succeed(rows.length)
})
const record = Agent.make("Records", {
  version: "1.0.0",
  input: Schema.Record(Schema.String, Schema.Finite),
  output: Schema.Finite,
  execute: () => Effect.succeed(1)
})

const repeated = (unit: string, characters: number) => unit.repeat(Math.ceil(characters / unit.length))
const lines = (line: (at: number) => string, characters: number) =>
  Array.from({ length: Math.ceil(characters / line(100_000).length) }, (_, at) => line(at)).join("")

const catalog = Catalog.make([Catalog.entry("Reads", Effect.succeed(Reads), Layer.empty)])
const json = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "JSON",
  what,
  made: (characters) => {
    const stdin = text(characters)
    return () => CommandLine.run(["run", "Reads", "-", "--json", "--log-level", "none"], { catalog, stdin })
  }
})

const value = (what: string, agent: Agent.Any, made: (characters: number) => unknown): Hostile => ({
  kind: "values",
  what,
  made: (characters) => {
    const input = made(characters)
    return () => Effect.exit(agent.run(input as never) as Effect.Effect<unknown, unknown>)
  }
})

const head = `name: Hostile\nversion: "1"\n`
const yaml = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "YAML",
  what,
  made: (characters) => {
    const file = head + text(characters)
    return () => Effect.exit(PipelineSpec.fromYaml(file, { agents: [Reads] }))
  }
})

const condition = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "conditions",
  what,
  made: (characters) => {
    const file = `${head}steps:\n  - name: a\n    agent: Reads\n    when: '${text(characters)}'\n`
    return () => Effect.exit(PipelineSpec.fromYaml(file, { agents: [Reads] }))
  }
})

const secret = ["Zk9-", "fA3xQ7tLm2Wd8Rv4Yb6Nc1Hs5"].join("")
const secrets = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "secrets",
  what,
  made: (characters) => {
    const shown = text(characters)
    const hide = Secrets.hide([Redacted.make(secret), Redacted.make("another-secret-4711")])
    return () => Effect.sync(() => hide(shown))
  }
})

const tool = Tool.make("convert", {
  description: "Converts an amount of fuel",
  input: Schema.Struct({ amount: Schema.Finite, unit: Schema.Literals(["kWh", "therm"]), country: Schema.String }),
  output: Schema.Finite,
  execute: ({ amount }) => Effect.succeed(amount)
})
const prompt = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "prompts for the offline model",
  what,
  made: (characters) => {
    const prompt = text(characters)
    return () => Effect.exit(Effect.provide(Llm.withTools({ prompt, tools: [tool] }), Offline.layer))
  }
})

const server = (body: (format: Wire.Format) => string) => (format: Wire.Format, way: Wire.Way): Reading => {
  const text = body(format)
  return () => Effect.exit(Effect.scoped(Wire.ask(format, way, text)))
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
      Effect.exit(Effect.provide(
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
      Effect.acquireUseRelease(
        Effect.sync(() => {
          const path = join(folder(), `hostile${extension}`)
          writeFileSync(path, content)
          return path
        }),
        (path) => Effect.exit(read(path)),
        (path) => Effect.sync(() => rmSync(dirname(path), { recursive: true }))
      )
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
    return () => Effect.sync(() => show(foreign))
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
    return () => Gives.run(1).pipe(HtmlReport.record(Gives, () => Effect.void))
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
    return () => Notes.run(1)
  }
})

const pairs = (characters: number) => Math.ceil(characters / 25)

export const hostile: ReadonlyArray<Hostile> = [
  json("levels of lists", (size) => repeated("[", size)),
  json("levels of objects", (size) => repeated(`{"a":`, size)),
  json("a comma at the end", (size) => `[${repeated("1,", size)}]`),
  json("a text without an end", (size) => `"${repeated("a", size)}`),
  json("backslashes", (size) => `"${repeated("\\\\", size)}`),
  json("blanks", (size) => repeated(" \n", size)),
  json("nulls", (size) => `[${repeated("null,", size)}null]`),
  json("unknown keys", (size) => `{${lines((at) => `"key ${at}":1,`, size)}"a":1}`),
  json("digits", (size) => repeated("9", size)),
  value(
    "wrong items",
    rows,
    (size) => ({ rows: Array.from({ length: pairs(size) }, () => ({ amount: "x", unit: 5 })) })
  ),
  value("items that are no objects", rows, (size) => ({ rows: Array.from({ length: pairs(size) }, () => "x") })),
  value(
    "wrong fields",
    record,
    (size) => Object.fromEntries(Array.from({ length: pairs(size) }, (_, at) => [`k${at}`, "x"]))
  ),
  value("levels", rows, (size) => {
    let value: unknown = 1
    for (let level = 0; level < pairs(size); level++) value = { rows: [value] }
    return value
  }),
  yaml("aliases", (size) => `x: &a 1\nsteps: [${repeated("*a,", size)}]`),
  yaml("anchors", (size) => `steps: [${lines((at) => `&a${at} 1,`, size)}]`),
  yaml("keys", (size) => lines((at) => `k${at}: 1\n`, size)),
  yaml("one key again and again", (size) => repeated("k: 1\n", size)),
  yaml("levels", (size) => `steps: ${repeated("[", size)}`),
  yaml("brackets that close nothing", (size) => repeated("}", size)),
  yaml("question marks", (size) => repeated("? \n", size)),
  yaml("comments", (size) => repeated("#\n", size)),
  yaml("tabs", (size) => repeated("\t\n", size)),
  yaml("documents", (size) => repeated("---\n", size)),
  yaml("directives", (size) => repeated("%x\n", size)),
  yaml(
    "steps that wait for each other",
    (size) => `steps:\n${lines((at) => `- { name: s${at}, agent: Reads, after: [s${at + 1}] }\n`, size)}`
  ),
  yaml(
    "agents that there are not",
    (size) => `steps:\n${lines((at) => `- { name: s${at}, agent: Read${at} }\n`, size)}`
  ),
  condition("not", (size) => `${repeated("not ", size)}true`),
  condition("brackets", (size) => repeated("(", size)),
  condition("and", (size) => `${repeated("input.a > 1 and ", size)}true`),
  condition("a list", (size) => `input.a in [${repeated("1, ", size)}1]`),
  condition("a text without an end", (size) => `"${repeated("a", size)}`),
  condition("fields", (size) => `input${repeated(".a", size)}`),
  secrets("prose", (size) => repeated("The quick brown fox, jumps over {\"a\": 1}. ", size)),
  secrets("beginnings of the secret", (size) => repeated(secret.slice(0, 11), size)),
  secrets("ends of the secret", (size) => repeated(secret.slice(-11), size)),
  secrets("almost the secret in base64", (size) => repeated(Buffer.from(secret.slice(0, -2)).toString("base64"), size)),
  secrets("beginnings of web tokens", (size) => `eyJ${repeated("a-eyJ", size)}`),
  secrets("escapes", (size) => repeated("\\u{61}\\x61\\141%61&#97;", size)),
  secrets("colors", (size) => repeated("\u001b[1;31m", size)),
  secrets("backslashes", (size) => repeated("\\", size)),
  secrets("users of addresses", (size) => `https://${repeated("a", size)}`),
  secrets("line breaks", (size) => repeated("a\n> ", size)),
  prompt("numbers", (size) => repeated("12 ", size)),
  prompt("units", (size) => repeated("kWh ", size)),
  prompt("names of fields", (size) => repeated("amount: ", size)),
  prompt("one letter", (size) => repeated("a", size)),
  prompt("brackets", (size) => repeated("{", size)),
  prompt("quotes", (size) => repeated("\"", size)),
  prompt("JSON in JSON", (size) => repeated("{\"amount\":", size)),
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

/** The least milliseconds of processor time of three runs. */
export const cpuOf = async (run: Reading): Promise<number> => {
  let least = Infinity
  for (let round = 0; round < 3; round++) {
    const began = process.cpuUsage()
    await Effect.runPromise(run())
    const { system, user } = process.cpuUsage(began)
    least = Math.min(least, (system + user) / 1_000)
  }
  return least
}
