import { NodeServices } from "@effect/platform-node"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Fiber, FileSystem, Layer, Schema } from "effect"
import { Agent, AgentResult, LlmAgent, Pipeline, PipelineEvent, Run, Step, Tool } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import { Reply, ScriptedLlm } from "greenlang/testing"
import { stripVTControlCharacters } from "node:util"
import * as CommandLine from "../support/CommandLine.ts"

class NoMeter extends Schema.TaggedError<NoMeter>()("NoMeter", { room: Schema.String }) {
  override get message() {
    return `${this.room} has no meter`
  }
}

class Meters extends Context.Service<Meters, { readonly rooms: ReadonlyMap<string, number> }>()(
  "greenlang/test/cli/Cli.test/Meters"
) {}

const Kwh = Schema.Finite.annotate({ description: "kWh" })

const reading = Tool.make("reading", {
  description: "What the meter of a room says",
  input: Schema.Struct({ room: Schema.String }),
  output: Schema.Struct({ kwh: Kwh }),
  error: NoMeter,
  execute: Effect.fnUntraced(function*({ room }: { readonly room: string }) {
    const kwh = (yield* Meters).rooms.get(room)
    if (kwh === undefined) return yield* new NoMeter({ room })
    yield* Run.cite({ kind: "factor", name: "meter", value: 1, unit: "kWh", source: "Meter Works", year: 2024 })
    return { kwh }
  })
})

const Reads = Agent.make("Reads", {
  version: "1.2.3",
  description: "Reads the meter of a room",
  input: Schema.Struct({ room: Schema.String, since: Schema.optionalKey(Schema.DateTimeUtcFromString) }),
  output: Schema.Struct({ kwh: Kwh, since: Schema.optionalKey(Schema.DateTimeUtc) }),
  error: NoMeter,
  tools: [reading],
  execute: ({ room, ...since }) =>
    room === "bug"
      ? Effect.die(new Error("a bug"))
      : room === "busy"
      ? Effect.sync(() => {
        for (const end = performance.now() + 130; performance.now() < end;);
        return { kwh: 0, ...since }
      })
      : room === "endless"
      ? Effect.never
      : Effect.map(
        Effect.mapError(reading.call({ room }), (error) => error as NoMeter),
        ({ kwh }) => ({ kwh, ...since })
      )
})

const Twice = Pipeline.make("Twice", {
  version: "1.0.0",
  input: Schema.Struct({ room: Schema.String }),
  output: Schema.Struct({ total_kwh: Kwh }),
  error: NoMeter
}, (input) => {
  const read = Step.agent("read", Reads, [input], (input) => input)
  return Step.make("double", [read], ({ kwh }) => Effect.succeed({ total_kwh: kwh * 2 }))
})

const Asks = LlmAgent.make("Asks", {
  version: "1.0.0",
  input: Schema.Struct({ room: Schema.String }),
  instructions: "Read the meter.",
  tools: [reading]
})

/** `state` says whether the layer of the meters is open. */
const meters = (state: { open: boolean }) =>
  Layer.effect(
    Meters,
    Effect.acquireRelease(
      Effect.sync(() => {
        state.open = true
        return { rooms: new Map([["hall", 21]]) }
      }),
      () => Effect.sync(() => state.open = false)
    )
  )

interface Options extends Omit<CommandLine.Machine, "catalog"> {
  readonly state?: { open: boolean }
  /** The config file of a project. Default: none, as of the library that ships. */
  readonly file?: string
}

const cli = (args: ReadonlyArray<string>, { file, state = { open: false }, ...machine }: Options = {}) => {
  const layer = meters(state)
  const entries = [
    Catalog.entry("Reads", Effect.succeed(Reads), layer),
    Catalog.entry("Twice", Effect.succeed(Twice), layer)
  ]
  const catalog = Catalog.make(file === undefined ? entries : entries.map((entry) => ({ ...entry, file })))
  return CommandLine.run(args, { ...machine, catalog })
}

const hall = `{"room":"hall","since":"2024-01-01T00:00:00.000Z"}`

describe("Cli", () => {
  it.effect("prints a result that decodes by the schema of the agent, and nothing else", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* cli(["run", "Reads", hall])
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, "")
      const schema = Schema.toCodecJson(AgentResult.schema(Reads.output))
      const { metadata, value } = yield* Schema.decodeUnknownEffect(schema)(JSON.parse(stdout))
      assert.strictEqual((value as { readonly kwh: number }).kwh, 21)
      assert.strictEqual(metadata.agent, "Reads")
      assert.strictEqual(stdout, `${JSON.stringify(JSON.parse(stdout), null, 2)}\n`)
    }))

  it.effect("prints one tagged object when the run fails, with the fields of the error", () =>
    Effect.gen(function*() {
      const state = { open: false }
      const { code, stderr, stdout } = yield* cli(["run", "Reads", `{"room":"roof"}`], { state })
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.deepStrictEqual(JSON.parse(stderr), { _tag: "NoMeter", message: "roof has no meter", room: "roof" })
      assert.isFalse(state.open)
    }))

  it.effect("reports unknown keys as mistakes", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* cli(["run", "Reads", `{"room":"hall","sinse":1}`])
      assert.strictEqual(code, 1)
      assert.strictEqual(JSON.parse(stderr)._tag, "InvalidInput")
      assert.strictEqual(JSON.parse(stderr).issues[0].path, "sinse")
    }))

  it.effect("reports a bug as a defect", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* cli(["run", "Reads", `{"room":"bug"}`])
      assert.strictEqual(code, 1)
      const { at, ...defect } = JSON.parse(stderr)
      assert.deepStrictEqual(defect, { _tag: "Defect", message: "a bug" })
      assert.match(at, /test\/cli\/Cli\.test\.ts:\d+:\d+$/)
    }))

  it.effect("prints events as they are, then the result, one a line", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* cli(["run", "Twice", `{"room":"hall"}`, "--events"])
      assert.strictEqual(code, 0)
      const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      const events = yield* Schema.decodeEffect(Schema.Array(PipelineEvent))(lines.slice(0, -1))
      assert.deepStrictEqual(events.map(({ _tag }) => _tag), [
        "RunStarted",
        "PipelineStarted",
        "StepStarted",
        "AgentStarted",
        "AgentEnded",
        "StepFinished",
        "StepStarted",
        "StepFinished",
        "RunEnded"
      ])
      assert.strictEqual(lines.at(-1)._tag, "Result")
      assert.deepStrictEqual(lines.at(-1).value, { total_kwh: 42 })
    }))

  it.effect("prints what a model writes and its tools answer, as events and on a terminal", () =>
    Effect.gen(function*() {
      const model = ScriptedLlm.layer(Reply.call("reading", { room: "hall" }), "It took 21 kWh.")
      const services = Layer.merge(meters({ open: false }), model)
      const catalog = Catalog.make([Catalog.entry("Asks", Effect.succeed(Asks), services)])
      const { stdout } = yield* CommandLine.run(["run", "Asks", `{"room":"hall"}`, "--events"], { catalog })
      const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      const events = yield* Schema.decodeEffect(Schema.Array(PipelineEvent))(lines.slice(0, -1))
      assert.deepStrictEqual([...new Set(events.map(({ _tag }) => _tag))], [
        "RunStarted",
        "ModelAsked",
        "ModelCalled",
        "ToolCalled",
        "ToolAnswered",
        "TextDelta",
        "RunEnded"
      ])
      const words = events.flatMap((event) => event._tag === "TextDelta" ? [event.text] : [])
      assert.strictEqual(words.join(""), "It took 21 kWh.")
      const shown = yield* CommandLine.run(["run", "Asks", `{"room":"hall"}`, "--format", "text"], { catalog })
      assert.match(shown.stderr, /· reading called\n.*✓ reading answered in /)
      assert.match(shown.stderr, /· script answered in /)
    }))

  it.effect("prints the start and the end of an agent that is not a pipeline", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* cli(["run", "Reads", `{"room":"roof"}`, "--events"])
      assert.strictEqual(code, 1)
      const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      const events = yield* Schema.decodeEffect(Schema.Array(PipelineEvent))(lines)
      assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["RunStarted", "RunEnded"])
      assert.strictEqual(JSON.parse(stderr)._tag, "NoMeter")
    }))

  it.effect("reports wrong usage as one tagged object where it prints JSON, and as text where it prints text", () =>
    Effect.gen(function*() {
      for (
        const args of [["run", "Raeds", "{}"], ["tool", "Raeds", "x", "{}"], ["run", "Reads", "{"], [
          "tool",
          "Reads",
          "red",
          "{}"
        ]]
      ) {
        const { code, stderr } = yield* cli(args)
        assert.strictEqual(code, 2)
        assert.strictEqual(JSON.parse(stderr)._tag, "UsageError", stderr)
        const text = yield* cli([...args, "--format", "text"])
        assert.strictEqual(text.code, 2)
        assert.match(text.stderr, /^greenlang: /)
      }
      const [piped, shown] = [yield* cli(["graph", "Raeds"]), yield* cli(["graph", "Raeds"], { terminal: true })]
      assert.include(JSON.parse(piped.stderr), { _tag: "UsageError", hint: JSON.parse(piped.stderr).hint })
      assert.include(JSON.parse(piped.stderr).message, "Did you mean Reads?")
      assert.match(shown.stderr, /^greenlang: No agent or pipeline has the name Raeds\.\nDid you mean Reads\?/)
    }))

  it.effect("names an unknown flag, and takes its value for no subcommand", () =>
    Effect.gen(function*() {
      for (const args of [["approvals", "--fil", "w.db"], ["history", "--limt", "3"], ["--confg", "a.ts", "agents"]]) {
        const { code, stderr } = yield* cli(args)
        assert.strictEqual(code, 2)
        assert.include(stderr, args.find((arg) => arg.startsWith("--"))!)
        assert.notInclude(stderr, "Unknown subcommand", args.join(" "))
      }
    }))

  it.effect("says what a failed step says once", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* cli(["run", "Twice", `{"room":"bug"}`, "--format", "text"])
      assert.strictEqual(code, 1)
      assert.strictEqual(stderr.split("a bug").length, 2, stderr)
      assert.match(
        stderr,
        /Defect\n {2}step `read` of pipeline `Twice` died: Error: a bug\n {2}at \/.*Cli\.test\.ts:\d+:\d+\n/
      )
    }))

  it.live("names the agent of a project that holds the event loop: in text always, in JSON with --log-level info", () =>
    Effect.gen(function*() {
      const run = (file: string | undefined, flags: ReadonlyArray<string>) =>
        Effect.gen(function*() {
          const printed = { stdout: "", stderr: "" }
          const own = file === undefined ? {} : { file }
          yield* cli(["run", "Reads", JSON.stringify({ room: "busy" }), ...flags], { printed, ...own })
          yield* Effect.sleep("5 millis") // the detector reports it in a turn of its own
          return printed.stderr
        })
      const busy = (...flags: ReadonlyArray<string>) => run("/own/greenlang.config.ts", flags)
      // a user cannot change an agent of the library
      assert.notInclude(yield* run(undefined, ["--format", "text"]), "held the event loop")
      assert.match(yield* busy("--format", "text"), /WARN .*: Reads held the event loop for \d+ ms/)
      assert.strictEqual(yield* busy(), "")
      const [log = ""] = (yield* busy("--log-level", "info")).split("\n")
      assert.containSubset(JSON.parse(log), { _tag: "Log", level: "INFO", annotations: { agent: "Reads" } })
    }))

  it.effect("limits a run", () =>
    Effect.gen(function*() {
      for (const limit of ["0ms", "0 seconds"]) {
        const { code, stderr } = yield* cli(["run", "Reads", `{"room":"endless"}`, "--timeout", limit])
        assert.strictEqual(code, 1)
        assert.strictEqual(JSON.parse(stderr)._tag, "TimedOut")
      }
      const { code, stderr } = yield* cli(["run", "Reads", "{}", "--timeout", "soon"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "30s")
    }))

  it.effect("releases everything when it is interrupted", () =>
    Effect.gen(function*() {
      const state = { open: false }
      const fiber = yield* Effect.forkChild(cli(["run", "Reads", `{"room":"endless"}`], { state }))
      while (!state.open) yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.isFalse(state.open)
    }))

  it.effect("calls one tool, and prints its citations", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* cli(["tool", "Reads", "reading", `{"room":"hall"}`])
      assert.strictEqual(code, 0)
      const { metadata, value } = JSON.parse(stdout)
      assert.deepStrictEqual(value, { kwh: 21 })
      assert.strictEqual(metadata.citations[0].source, "Meter Works")
      const failed = yield* cli(["tool", "Reads", "reading", `{"room":1}`])
      assert.strictEqual(failed.code, 1)
      assert.strictEqual(JSON.parse(failed.stderr)._tag, "InvalidInput")
    }))

  it.effect("suggests a similar name", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
        [["run", "Raeds", "{}"], "Did you mean Reads?"],
        [["tool", "Reads", "raeding", "{}"], "Did you mean reading?"],
        [["graph", "Twise"], "Did you mean Twice?"],
        [["graph", "Reads"], "Pipelines: Twice."],
        [["rn", "Reads"], "run"],
        [["run", "Reads", "{}", "--evnts"], "--events"]
      ]
      for (const [args, hint] of wrong) {
        const { code, stderr, stdout } = yield* cli(args)
        assert.strictEqual(code, 2, args.join(" "))
        assert.include(stderr, hint)
        assert.strictEqual(stdout, "")
      }
    }))

  it.effect("refuses flags that contradict each other", () =>
    Effect.gen(function*() {
      const contradictions = [["--json", "--format", "text"], ["--events", "--format", "text"]]
      for (const flags of contradictions) {
        const { code, stderr } = yield* cli(["run", "Reads", hall, ...flags])
        assert.strictEqual(code, 2)
        assert.include(stderr, "text")
      }
    }))

  it.effect("lists the agents, pipelines and tools", () =>
    Effect.gen(function*() {
      const { stdout } = yield* cli(["agents", "--json"])
      assert.deepStrictEqual(JSON.parse(stdout), [
        {
          name: "Reads",
          version: "1.2.3",
          kind: "agent",
          description: "Reads the meter of a room",
          tools: [{ name: "reading", description: "What the meter of a room says" }]
        },
        { name: "Twice", version: "1.0.0", kind: "pipeline", description: "", tools: [] }
      ])
      const { stdout: text } = yield* cli(["agents"])
      assert.include(text, "Reads  agent 1.2.3\n  Reads the meter of a room\n  tools  reading\n")
    }))

  it.effect("draws a pipeline", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* cli(["graph", "Twice"])
      assert.strictEqual(code, 0)
      assert.include(stdout, "flowchart LR\n  s0([input])\n  s1[read]\n  s2[double]")
    }))

  it.effect("has examples in its help, and asks for a command", () =>
    Effect.gen(function*() {
      for (const command of [[], ["agents"], ["run"], ["tool"], ["graph"]]) {
        const { code, stderr, stdout } = yield* cli([...command, "--help"])
        assert.strictEqual(code, 0)
        assert.include(stdout, "EXAMPLES")
        assert.include(stdout, ["greenlang", ...command].join(" "))
        assert.strictEqual(stderr, "")
      }
      assert.deepStrictEqual(yield* cli(["run", "--version"]), { code: 0, stdout: "greenlang 9.9.9\n", stderr: "" })
      const { code, stderr, stdout } = yield* cli([])
      assert.strictEqual(code, 2)
      assert.include(stderr, "SUBCOMMANDS")
      assert.strictEqual(stdout, "")
    }))

  it.effect("shows progress, the answer, its citations, the drawing and the times on a terminal", () =>
    Effect.gen(function*() {
      const args = ["run", "Twice", `{"room":"hall"}`, "--log-level", "error"]
      const { code, stderr, stdout } = yield* cli(args, { terminal: true })
      assert.strictEqual(code, 0)
      assert.isTrue(stderr.startsWith("\x1b[?25l"))
      assert.isTrue(stderr.trimEnd().endsWith("\x1b[?25h"))
      assert.match(stripVTControlCharacters(stderr), /✓ read .*\n✓ double /)
      const text = stripVTControlCharacters(stdout)
      assert.notStrictEqual(text, stdout)
      assert.match(text, /^Twice 1\.0\.0\n\ntotal +42 kWh\n/)
      assert.match(text, /\ncitations\n.*\n {2}meter +1 +kWh +Meter Works +2024\n/)
      assert.include(text, "\npipeline\n  ●  input\n  ●  read\n  ●  double\n")
      assert.match(text, /\ntimes {2}\(\* critical path\)\n {2}\* read .*█.* ms\n {2}\* double .*█.* ms\n/)
    }))

  it.effect("prints a text report into a pipe, without colour or redrawing", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* cli(["run", "Twice", `{"room":"hall"}`, "--format", "text"])
      assert.strictEqual(code, 0)
      assert.include(stdout, "total  42 kWh")
      assert.match(stderr, /✓ read finished\n/)
      assert.notInclude(stdout + stderr, "\x1b")
    }))

  it.effect("prints no colour with --no-color", () =>
    Effect.gen(function*() {
      const { stdout } = yield* cli(["run", "Reads", hall, "--no-color"], { terminal: true })
      assert.include(stdout, "21 kWh")
      assert.notInclude(stdout, "\x1b")
      const { stdout: help } = yield* cli(["run", "--help", "--no-color"], { terminal: true })
      assert.notInclude(help, "\x1b")
    }))

  it.effect("writes the run as a page, however it ends, and prints what it prints anyway", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const file = `${yield* fileSystem.makeTempDirectoryScoped()}/out.html`
      const answered = yield* cli(["run", "Twice", `{"room":"hall"}`, "--report", file])
      assert.strictEqual(answered.code, 0)
      assert.deepStrictEqual(JSON.parse(answered.stdout).value, { total_kwh: 42 })
      const page = yield* fileSystem.readFileString(file)
      assert.include(page, "42 kWh")
      assert.include(page, "Meter Works")
      assert.include(page, JSON.parse(answered.stdout).metadata.runId)
      const failed = yield* cli(["run", "Twice", `{"room":"roof"}`, "--report", file, "--events"])
      assert.strictEqual(failed.code, 1)
      assert.include(yield* fileSystem.readFileString(file), "roof has no meter")
    }).pipe(Effect.provide(NodeServices.layer), Effect.scoped))

  it.effect("runs nothing when the page could not be written", () =>
    Effect.gen(function*() {
      const state = { open: false }
      const args = ["run", "Twice", `{"room":"hall"}`, "--report", "/no/such/folder/out.html"]
      const { code, stderr, stdout } = yield* cli(args, { state })
      assert.strictEqual(code, 2)
      assert.include(stderr, "/no/such/folder")
      assert.strictEqual(stdout, "")
    }))

  it.effect("prints a failure as text with --format text", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* cli(["run", "Reads", `{"room":"roof"}`, "--format", "text"])
      assert.strictEqual(code, 1)
      assert.include(stderr, "\n✗ NoMeter\n  roof has no meter\n")
    }))

  it("checks that a layer provides what an agent needs", () => {
    const layer = meters({ open: false })
    expectTypeOf(Catalog.entry<typeof Reads, never>).parameter(2).toEqualTypeOf<Layer.Layer<Meters>>()
    assert.strictEqual(Catalog.entry("Reads", Effect.succeed(Reads), layer).name, "Reads")
    // @ts-expect-error nothing provides the meters
    Catalog.entry("Reads", Effect.succeed(Reads), Layer.empty)
  })
})
