/** What a message repeats of a text from elsewhere: no key, not all of a long text, and nothing that a terminal would obey. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, FileSystem, Layer, Schedule, Schema } from "effect"
import { Agent, InvalidDefinition, InvalidInput, Pipeline, PipelineSpec, Pool, Run, Step } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import * as CommandLine from "../support/CommandLine.ts"
import { thrown } from "../support/Thrown.ts"
import { Reads } from "./modules/reads.ts"

const Text = Schema.Struct({ text: Schema.String })
const settings = {
  version: "1.0.0",
  input: Text,
  output: Text,
  execute: (text: typeof Text.Type) => Effect.succeed(text)
}
const Says = Agent.make("Says", settings)

const catalog = Catalog.make([
  Catalog.entry("Reads", Effect.succeed(Reads), Layer.empty),
  Catalog.entry("Says", Effect.succeed(Says), Layer.empty)
])

const spec = (text: string) =>
  `name: File
version: "1"
${JSON.stringify(text)}: red
inputs: { type: ${JSON.stringify(text)} }
timeout: ${JSON.stringify(text)}
steps:
  - { name: ${JSON.stringify(text)}, agent: Reads }
  - { name: b, agent: ${JSON.stringify(text)}, after: ${JSON.stringify(text)}, when: ${JSON.stringify(`${text} > 1`)} }
  - { name: c, agent: Reads, ${JSON.stringify(text)}: 1, onFailure: ${
    JSON.stringify(text)
  }, retry: { times: 1, delay: ${JSON.stringify(text)} } }
  - { name: d, agent: Reads, forEach: ${JSON.stringify(text)}, input: { name: ${JSON.stringify(`results.${text}`)} } }
`

/** Every command with `text` in each place that it takes from its caller. */
const commandsOf = Effect.fnUntraced(function*(text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = yield* fileSystem.makeTempDirectoryScoped()
  const faulty = `${folder}/faulty.yaml`
  yield* fileSystem.writeFileString(faulty, spec(text))
  const wrong = `${folder}/wrong.json`
  yield* fileSystem.writeFileString(wrong, `{"name": ${JSON.stringify(text)} ${text}}`)
  const field = JSON.stringify({ [text]: text, name: 1 })
  const commands: ReadonlyArray<ReadonlyArray<string>> = [
    ["check", faulty],
    ["check", faulty, "--json"],
    ["check", `${text}.yaml`],
    ["run", faulty, "{}"],
    ["run", faulty, "{}", "--json"],
    ["graph", faulty],
    ["run", text, "{}"],
    ["run", "Reads", text],
    ["run", "Reads", `{"name":"${text}" "${text}"`],
    ["run", "Reads", field],
    ["run", "Reads", field, "--json"],
    ["run", "Reads", "--input", text],
    ["run", "Reads", "--input", text, "--json"],
    ["run", "Reads", "--input", wrong],
    ["run", "Reads", "{}", "--timeout", text],
    ["run", "Reads", "{}", "--format", text],
    ["run", "Reads", "{}", `--${text}`],
    ["run", "Reads", "{}", "--report", `/no/${text}.html`],
    ["run", "Reads", "{}", "--conversation", text],
    ["tool", "Reads", text, "{}"],
    ["tool", text, text, "{}"],
    ["graph", text],
    ["history", "show", text],
    ["history", "--agent", text],
    ["history", "--outcome", text],
    ["agents", text],
    ["new", `/dev/null/${text}`],
    ["footprint", text],
    ["approve", text],
    ["status", text],
    [text],
    [text, "--help"]
  ]
  return commands
})

const run = (args: ReadonlyArray<string>, terminal: boolean) => CommandLine.run(args, { catalog, terminal, stdin: "{" })

const inEveryCommand = (text: string, check: (printed: string, label: string) => void) =>
  Effect.gen(function*() {
    for (const args of yield* commandsOf(text)) {
      for (const terminal of [false, true]) {
        const { stderr, stdout } = yield* run(args, terminal)
        check(`${stdout}${stderr}`, args.join(" ").slice(0, 60))
      }
    }
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("the command line", () => {
  const key = ["sk-live", "4f9Qz7Lm2Wd8Rv4Yb6Nc1Hs5"].join("-")

  it.live("prints no key, whichever command repeats it", () =>
    inEveryCommand(key, (printed, label) => {
      assert.notInclude(printed, key, label)
      assert.notInclude(printed, key.slice(0, 12), label)
    }))

  it.live("prints a text of any length in part, whichever command repeats it", () =>
    inEveryCommand("lorem ipsum".repeat(6_000), (printed, label) => assert.isBelow(printed.length, 30_000, label)))

  it.live("gives a program the answer as it is, and hides a key in the text for people", () =>
    Effect.gen(function*() {
      const input = JSON.stringify({ text: `${key} "quoted"` })
      const json = yield* run(["run", "Says", input, "--json"], false)
      assert.deepStrictEqual(JSON.parse(json.stdout).value, { text: `${key} "quoted"` })
      const text = yield* run(["run", "Says", input], true)
      assert.include(text.stdout, "<redacted>")
      assert.notInclude(text.stdout, key)
    }))

  it.live("prints JSON that can be read where a secret stands before a quote", () =>
    Effect.gen(function*() {
      const input = JSON.stringify({ [`https://a.example/?token=hx7Qm2Lp9Zt"`]: 1 })
      const { stderr } = yield* run(["run", "Reads", input, "--json"], false)
      assert.strictEqual(JSON.parse(stderr)._tag, "InvalidInput")
      assert.notInclude(stderr, "hx7Qm2Lp9Zt")
    }))
})

/** A clear screen, a write to the clipboard, C1, marks of direction, tags. */
const evil = "\u202eabc\u2066\x1b[2J\x9d52;c;x\x9c\u{e0041}"
const unsafe =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe]|[\u{e0000}-\u{e007f}]/u // oxlint-disable-line no-control-regex

const failureOf = <A, E>(effect: Effect.Effect<A, E>): Promise<unknown> =>
  Effect.runPromise(
    Effect.map(Effect.exit(effect), (exit) => Exit.isFailure(exit) ? Cause.squash(exit.cause) : assert.fail("it ran"))
  )

const history = History.layer().pipe(Layer.provide(Database.layerMemory))
const orchestrated = <A, E>(effect: Effect.Effect<A, E, Orchestrator>) =>
  Effect.provide(effect, Orchestrator.layer({ agents: [Reads] }).pipe(Layer.provide(history)))

describe("the message of an error that a program holds", () => {
  const one = Step.make("one", [], () => Effect.succeed(1))
  const made: Readonly<Record<string, () => unknown>> = {
    "the timeout of a run": () => failureOf(Reads.run({} as never, { timeout: evil as never })),
    "the options of a run": () => failureOf(Reads.run({} as never, { [`timeou${evil.slice(0, 1)}`]: 1 } as never)),
    "a field that is not known": () => failureOf(Reads.run({ [evil]: 1 } as never, { onExcessProperty: "error" })),
    "a getter that throws": () =>
      failureOf(
        Reads.run(Object.defineProperty({}, "name", { enumerable: true, get: () => assert.fail(evil) }) as never)
      ),
    "a name in an orchestrator": () =>
      failureOf(orchestrated(Effect.flatMap(Orchestrator, ({ run }) => run(evil, {})))),
    "an option of an orchestrator": () =>
      failureOf(orchestrated(Effect.flatMap(Orchestrator, ({ run }) => run("Reads", {}, { [evil]: 1 } as never)))),
    "the name of an agent": () => thrown(() => Agent.make(evil, {} as never)),
    "the name of a step": () => thrown(() => Step.make(evil, [], () => Effect.succeed(1))),
    "the name of a pool": () => thrown(() => Pool.make(evil, 1)),
    "the size of a pool": () => thrown(() => Pool.make("pool", evil as never)),
    "the timeout of a step": () => thrown(() => Step.timeout(one, evil as never)),
    "how a step is retried": () => thrown(() => Step.retry(one, { [evil]: 1 } as never)),
    "how often a step is retried": () => thrown(() => Step.retry(one, { times: evil } as never)),
    "a step that repeats": () =>
      thrown(() =>
        Pipeline.make("P", { version: "1.0.0", input: Schema.Json, output: Schema.Finite }, (input) => {
          const first = Step.make("x\u202e", [input], () => Effect.succeed(1))
          return Step.make("x\u202e", [first], (n) => Effect.succeed(n))
        })
      ),
    "a pipeline file": () => failureOf(PipelineSpec.fromYaml(spec("\u202eabc\u2066"), { agents: [Reads] })),
    "a pipeline that is not there": () => failureOf(PipelineSpec.load(`/no/${evil}`, { agents: [Reads] }))
  }

  for (const [what, make] of Object.entries(made)) {
    it(`holds nothing that a terminal would obey: ${what}`, async () => {
      const error = await make()
      assert.instanceOf(error, Error)
      assert.isNull(unsafe.exec(error.message), JSON.stringify(error.message))
    })
  }

  it("holds none in a run by name and its history, whatever the program failed with", async () => {
    class Evil extends Schema.TaggedError<Evil>()("Evil", { place: Schema.String }) {}
    const Fails = Agent.make("Fails", {
      version: "1.0.0",
      input: Schema.Json,
      output: Schema.Json,
      error: Evil,
      execute: () => Effect.andThen(Run.emitToken(evil), Effect.fail(new Evil({ place: evil })))
    })
    const { entry, error } = await Effect.runPromise(
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.flatMap(Orchestrator, ({ run }) => run("Fails", 1)))
        const [entry] = yield* Effect.flatMap(History, (history) => history.list())
        return { entry, error }
      }).pipe(Effect.provide(Orchestrator.layer({ agents: [Fails] }).pipe(Layer.provideMerge(history))))
    )
    assert.isNull(unsafe.exec(error.message), JSON.stringify(error.message))
    const [failure] = entry?.failures ?? []
    assert.isNull(unsafe.exec(failure?.message ?? "\x1b"), JSON.stringify(failure))
  })
})

describe("options of 200,000 keys", () => {
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`key ${at}`, at])) as never

  it("are refused by their number, wherever a duration or an option stands", async () => {
    const one = Step.make("one", [], () => Effect.succeed(1))
    for (const options of [many, { timeout: many }]) {
      assert.instanceOf(await failureOf(Reads.run({} as never, options)), InvalidInput)
      assert.instanceOf(
        await failureOf(orchestrated(Effect.flatMap(Orchestrator, ({ run }) => run("Reads", {}, options)))),
        InvalidInput
      )
    }
    assert.include(
      String(await failureOf(Reads.run({} as never, many))),
      "they have 200000 keys; expected at most 1000"
    )
    for (
      const define of [
        () => Step.timeout(one, many),
        () => Step.retry(one, many),
        () => Step.retry(one, { schedule: many }),
        () => Step.sleep("s", [], many),
        () => Pool.make("pool", many),
        () => Agent.make("A", { ...settings, timeout: many })
      ]
    ) assert.instanceOf(thrown(define), InvalidDefinition)
  })
})

describe("how a step is retried", () => {
  const one = Step.make("one", [], () => Effect.fail("no" as const))
  const revoked = (): never => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy as never
  }
  const throwing = () => {
    throw new Error("no such option today")
  }

  it("is InvalidDefinition where it cannot be read", () => {
    const policies: ReadonlyArray<never> = [
      revoked(),
      { schedule: revoked() } as never,
      { times: revoked() } as never,
      { while: revoked() } as never,
      Object.defineProperty({}, "times", { enumerable: true, get: throwing }) as never,
      new Proxy({}, { ownKeys: throwing }) as never,
      new Proxy({ times: 1 }, { get: throwing }) as never
    ]
    for (const policy of policies) assert.instanceOf(thrown(() => Step.retry(one, policy)), InvalidDefinition)
  })

  it("is read once: what changes later changes nothing", async () => {
    const policy = { times: 1, schedule: Schedule.recurs(5) }
    let attempts = 0
    const flaky = Step.make("flaky", [], () => Effect.suspend(() => Effect.fail(++attempts))).pipe(Step.retry(policy))
    const P = Pipeline.make("P", { version: "1.0.0", input: Schema.Json, output: Schema.Json }, () => flaky)
    policy.times = 4
    await failureOf(P.run(1))
    assert.strictEqual(attempts, 2)
  })
})

it("a file without steps is refused in plain words", async () => {
  const error = await failureOf(PipelineSpec.fromYaml("version: 1\n", { agents: [Reads] }))
  assert.include(String(error), "a spec needs steps")
  assert.include(String(error), "a spec needs a name")
})
