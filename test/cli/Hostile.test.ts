/**
 * Text from elsewhere in every field that a command shows: nothing that a terminal or a browser would obey comes out.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Schedule, Schema } from "effect"
import { Agent, Approval, NotApproved, Pipeline, Pool, Run, Step, Tool } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import * as CommandLine from "../support/CommandLine.ts"

/** A clear screen, a write to the clipboard, a title, C1 controls, reading directions, line breaks, markup. */
const evil = [
  "\x1b[2J\x1b[31m",
  "\x1b]52;c;cm0gLXJm\x07",
  "\x1bP\x1b\\",
  "\x9b2J\x9d52;c;x\x9c",
  "\x7f\x08\x00",
  "\u202e\u2066\u200f\u061c",
  "\ufeff\u{e0041}\ufffe",
  "\r✓ forged",
  "\n✓ forged",
  "\u2028✓ forged",
  "</script><img src=x onerror=\"alert(1)\">'&"
].join("")

const named = (name: string) => `${name} ${evil}`

/** The names of agents, pipelines, steps and pools have no control characters and no line breaks: those are refused. */
const nameOf = (name: string) => named(name).replaceAll(/[\p{Cc}\u2028]/gu, "")

class Evil extends Schema.TaggedError<Evil>()(named("Evil"), { place: Schema.String }) {
  override get message() {
    return named(`no reading at ${this.place}`)
  }
}

const settings = {
  version: named("1.0.0"),
  description: named("Reads"),
  input: Schema.Struct({ [named("n")]: Schema.Finite })
}
const Answers = Schema.Record(Schema.String, Schema.Json)

const tool = Tool.make(named("tool"), {
  description: named("A tool"),
  input: settings.input,
  output: Answers,
  execute: () => Effect.succeed({ [named("answer")]: named("of a tool") })
})

const answer = {
  [named("text")]: named("prose "),
  [named("list")]: [named("one"), named("two")],
  [named("table")]: [{ [named("name")]: named("a"), value_kg: 1, unit: named("kg") }],
  deep: { amount: 1, amount_unit: named("therm"), [named("field")]: { deeper: named("text") } }
}

const cite = Effect.all([
  Run.cite({
    kind: "factor",
    name: named("factor"),
    value: 1,
    unit: named("kg"),
    source: named("Meter Works"),
    year: 2024,
    region: named("US"),
    licence: named("CC0")
  }),
  Run.cite({
    kind: "calculation",
    step: named("step"),
    formula: named("a * b"),
    inputs: { [named("a")]: 1 },
    output: 2,
    unit: named("kg")
  }),
  Run.annotate(named("note"), { [named("key")]: named("value") })
])

const EvilAgent = Agent.make(nameOf("Agent"), {
  ...settings,
  output: Answers,
  error: Evil,
  tools: [tool],
  execute: (input) =>
    Effect.andThen(
      cite,
      Object.values(input)[0] === 0 ? Effect.fail(new Evil({ place: evil })) : Effect.succeed(answer)
    )
})

const EvilPipeline = Pipeline.make(nameOf("Pipeline"), {
  ...settings,
  output: Answers,
  error: Schema.Union([Evil, NotApproved])
}, (input) => {
  let tries = 0
  const inner = Step.agent(nameOf("inner"), EvilAgent, [input], (input) => input)
  const flaky = Step.make(
    nameOf("flaky"),
    [input],
    () => Effect.suspend(() => tries++ % 2 === 0 ? Effect.fail(new Evil({ place: evil })) : Effect.succeed(1))
  ).pipe(Step.retry(Schedule.recurs(1)))
  const pooled = Step.make(nameOf("pooled"), [flaky], () => Effect.succeed(evil), { output: Schema.String }).pipe(
    Step.inPool(Pool.make(nameOf("pool"), 1))
  )
  const spared = Step.make(nameOf("spared"), [flaky], () => Effect.fail(new Evil({ place: evil }))).pipe(Step.optional)
  const asks = Step.approval(nameOf("asks"), [input], () => named("May I?"))
  return Step.make(
    nameOf("last"),
    [inner, pooled, spared, asks],
    (inner) => Effect.as(Run.emitToken(named("token")), inner)
  )
})

const Person = Layer.succeed(Approval, {
  ask: () => Effect.succeed({ approved: true, by: named("Ada"), comment: named("fine") })
})

/** What must never come out, in any output. */
const unsafe =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe]|[\u{e0000}-\u{e007f}]/u // oxlint-disable-line no-control-regex

/** The only codes that this program writes itself: colours, the cursor, and clearing below it. */
const own = /\x1b\[(?:(?:0|1|2|22|31|32|33|34|35|36|39|90)m|\?25[lh]|\d+F|K|J)/g // oxlint-disable-line no-control-regex

const file = (name: string) =>
  `name: ${JSON.stringify(name)}
version: ${JSON.stringify(named("1"))}
steps:
  - { name: ${JSON.stringify(named("step"))}, agent: ${JSON.stringify(EvilAgent.name)} }
output: ${JSON.stringify(named("results"))}
${JSON.stringify(named("colour"))}: red
`

const machine = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = yield* fileSystem.makeTempDirectoryScoped()
  const faulty = `${folder}/faulty\x1b[2J\u202e.yaml`
  yield* fileSystem.writeFileString(faulty, file(named("File")))
  const wrong = `${folder}/wrong\x1b[2J\n✓ forged.json`
  yield* fileSystem.writeFileString(wrong, `{"a": ${evil}}`)
  const page = `${folder}/page.html`
  const history = History.layer().pipe(Layer.provide(Database.layerSqlite({ filename: `${folder}/runs.db` })))
  const catalog = Catalog.make([
    Catalog.entry(EvilAgent.name, Effect.succeed(EvilAgent), Layer.empty),
    Catalog.entry(EvilPipeline.name, Effect.succeed(EvilPipeline), Person)
  ])
  const run = (args: ReadonlyArray<string>, terminal: boolean) =>
    CommandLine.run([...args, "--log-level", "all"], { catalog, history, terminal, stdin: `{"${evil}` })
  return { faulty, fileSystem, page, run, wrong }
})

const input = (n: number) => JSON.stringify({ [named("n")]: n })

describe("text from elsewhere", () => {
  it.live(
    "reaches no terminal, pipe or page with anything that would be obeyed, in any command",
    () =>
      Effect.gen(function*() {
        const { faulty, fileSystem, page, run, wrong } = yield* machine
        const [agent, pipeline] = [EvilAgent.name, EvilPipeline.name]
        const runs = [agent, pipeline].flatMap((name) =>
          [0, 1].flatMap((n) => [
            ["run", name, input(n), "--report", page],
            ["run", name, input(n), "--format", "text"],
            ["run", name, input(n), "--format", "json"],
            ["run", name, input(n), "--events"]
          ])
        )
        const commands: ReadonlyArray<ReadonlyArray<string>> = [
          ["agents"],
          ["agents", "--json"],
          ...runs,
          ["tool", agent, tool.name, input(1)],
          ["tool", agent, tool.name, `{"x":1}`],
          ["tool", agent, evil, "{}"],
          ["graph", pipeline],
          ["graph", agent],
          ["check", faulty],
          ["check", faulty, "--json"],
          ["check", evil],
          ["run", faulty, "{}"],
          ["schema"],
          ["history"],
          ["history", "--json"],
          ["history", "show", evil],
          ["history", "--agent", evil],
          ["history", "--outcome", evil],
          ["run", evil, "{}"],
          ["run", agent],
          ["run", agent, evil],
          ["run", agent, "-"],
          ["run", agent, JSON.stringify(named("not an object"))],
          ["run", agent, "--input", wrong],
          ["run", agent, "--input", evil],
          ["run", agent, "{}", "--timeout", evil],
          ["run", agent, "{}", `--${evil}`],
          ["run", agent, "{}", "--report", `/no/${evil}/x.html`],
          [evil],
          [evil, "--help"],
          ["run", "--help"]
        ]
        const pages: Array<string> = []
        for (const terminal of [false, true]) {
          for (const args of commands) {
            const { code, stderr, stdout } = yield* run(args, terminal)
            const label = JSON.stringify(args)
            for (const text of [stdout, stderr]) {
              const rest = terminal ? text.replaceAll(own, "") : text
              assert.isNull(
                unsafe.exec(rest),
                `${label}: ${JSON.stringify(unsafe.exec(rest)?.[0])} in ${JSON.stringify(rest)}`
              )
              // prose has lines, but stands below something, indented
              assert.notMatch(rest, /^✓ forged/m, label)
            }
            if (args.includes("--report") && args[2] !== "{}") pages.push(yield* fileSystem.readFileString(page))
            if (!terminal && args[0] === "run" && args.includes("json") && code === 0) {
              const { value } = JSON.parse(stdout)
              assert.deepStrictEqual(value, answer, "JSON keeps the text as it is")
            }
          }
        }
        assert.lengthOf(pages, 8)
        for (const html of pages) {
          assert.isNull(unsafe.exec(html))
          assert.notInclude(html, "<img")
          assert.notInclude(html.slice(html.indexOf("<body>")), "<script")
          assert.include(html, "&lt;img src=x")
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("is shown from the history without anything that would be obeyed", () =>
    Effect.gen(function*() {
      const { run } = yield* machine
      for (const name of [EvilAgent.name, EvilPipeline.name]) {
        for (const n of [0, 1]) yield* run(["run", name, input(n)], false)
      }
      const { stdout } = yield* run(["history", "--json"], false)
      const ids = JSON.parse(stdout).map(({ id }: { readonly id: string }) => id)
      assert.lengthOf(ids, 4)
      for (const id of ids) {
        for (const terminal of [false, true]) {
          for (const format of ["text", "json"]) {
            const shown = yield* run(["history", "show", id, "--format", format], terminal)
            assert.strictEqual(shown.code, 0)
            const rest = terminal ? shown.stdout.replaceAll(own, "") : shown.stdout
            assert.isNull(unsafe.exec(rest), JSON.stringify(rest))
            if (format === "json") assert.include(JSON.stringify(JSON.parse(shown.stdout)), "u001b[2J")
          }
        }
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
