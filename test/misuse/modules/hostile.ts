/** Texts that are made to take long to read, of any size, each with what reads it. What is refused for its size counts as read. */
import { Effect, Layer, Redacted, Schema } from "effect"
import { Llm, Offline, PipelineSpec, Tool } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Secrets from "greenlang/testing/Secrets"
import * as CommandLine from "../../support/CommandLine.ts"
import { Reads } from "./reads.ts"

type Run = () => Promise<unknown>

/** `made` makes an input of about so many characters, and answers with what reads it. */
export interface Hostile {
  readonly kind: string
  readonly what: string
  readonly made: (characters: number) => Run
}

const repeated = (unit: string, characters: number) => unit.repeat(Math.ceil(characters / unit.length))
const lines = (line: (at: number) => string, characters: number) =>
  Array.from({ length: Math.ceil(characters / line(100_000).length) }, (_, at) => line(at)).join("")

const catalog = Catalog.make([Catalog.entry("Reads", Effect.succeed(Reads), Layer.empty)])
const json = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "JSON",
  what,
  made: (characters) => {
    const stdin = text(characters)
    const args = ["run", "Reads", "-", "--json", "--log-level", "none"]
    return () => Effect.runPromise(CommandLine.run(args, { catalog, stdin }))
  }
})

const head = `name: Hostile\nversion: "1"\n`
const yaml = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "YAML",
  what,
  made: (characters) => {
    const file = head + text(characters)
    return () => Effect.runPromiseExit(PipelineSpec.fromYaml(file, { agents: [Reads] }))
  }
})

const condition = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "conditions",
  what,
  made: (characters) => {
    const file = `${head}steps:\n  - name: a\n    agent: Reads\n    when: '${text(characters)}'\n`
    return () => Effect.runPromiseExit(PipelineSpec.fromYaml(file, { agents: [Reads] }))
  }
})

const secret = ["Zk9-", "fA3xQ7tLm2Wd8Rv4Yb6Nc1Hs5"].join("")
const secrets = (what: string, text: (characters: number) => string): Hostile => ({
  kind: "secrets",
  what,
  made: (characters) => {
    const shown = text(characters)
    const hide = Secrets.hide([Redacted.make(secret), Redacted.make("another-secret-4711")])
    return async () => hide(shown)
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
    return () => Effect.runPromiseExit(Effect.provide(Llm.withTools({ prompt, tools: [tool] }), Offline.layer))
  }
})

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
  yaml(
    "steps to wait for that there are not",
    (size) => `steps:\n${lines((at) => `- { name: s${at}, agent: Reads, after: t${at} }\n`, size)}`
  ),
  yaml(
    "results that there are not",
    (size) => `steps:\n${lines((at) => `- { name: s${at}, agent: Reads, input: { a: results.t${at} } }\n`, size)}`
  ),
  yaml(
    "results in conditions that there are not",
    (size) => `steps:\n${lines((at) => `- { name: s${at}, agent: Reads, when: results.t${at} > 1 }\n`, size)}`
  ),
  yaml(
    "fields of the input that there are not",
    (size) =>
      `inputs: { type: object, properties: { ${lines((at) => `p${at}: {}, `, size / 2)} } }\n`
      + `steps:\n${lines((at) => `- { name: s${at}, agent: Reads, input: { a: input.q${at} } }\n`, size / 2)}`
  ),
  yaml(
    "keys of steps that there are not",
    (size) => `steps:\n${lines(() => `- { name: s, agent: Reads, wen: 1 }\n`, size)}`
  ),
  yaml("keywords that there are not", (size) => `inputs: { ${lines((at) => `propertie${at}: 1, `, size)} }\n`),
  yaml(
    "fields that are required and not there",
    (size) =>
      `inputs: { properties: { ${lines((at) => `p${at}: {}, `, size / 2)} }, `
      + `required: [${lines((at) => `q${at}, `, size / 2)}] }\n`
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
  prompt("JSON in JSON", (size) => repeated("{\"amount\":", size))
]

/** The least milliseconds of processor time of three runs. */
export const cpuOf = async (run: Run, rounds = 3): Promise<number> => {
  let least = Infinity
  for (let round = 0; round < rounds; round++) {
    const began = process.cpuUsage()
    await run()
    const { system, user } = process.cpuUsage(began)
    least = Math.min(least, (system + user) / 1_000)
  }
  return least
}
