import { assert, describe, it } from "@effect/vitest"
import { Console, DateTime, Effect, Exit, Fiber, Schedule, Schema, Scope } from "effect"
import { CliOutput } from "effect/cli"
import { TestClock } from "effect/testing"
import { Pipeline, type PipelineEvent, type PipelineReport, Step } from "greenlang"
import * as Progress from "greenlang/cli/Progress"
import * as Style from "greenlang/cli/Style"
import { stripVTControlCharacters } from "node:util"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { message: Schema.String }) {}

/** "slow" takes a second; "flaky" fails once, after 100 milliseconds. */
const sum = () =>
  Pipeline.make("Sum", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
    let tries = 0
    const slow = Step.make("slow", [n], (n) => Effect.delay(Effect.succeed(n), "1 second"))
    const flaky = Step.make("flaky", [n], (n) =>
      Effect.suspend(() =>
        tries++ === 0 ? Effect.fail(new Stuck({ message: "busy\nvery" })) : Effect.succeed(n)
      ).pipe(
        Effect.delay("100 millis")
      )).pipe(Step.retry(Schedule.recurs(1)))
    return Step.make("sum", [slow, flaky], (a, b) =>
      Effect.succeed(a + b))
  })

const size = Effect.succeed({ columns: 80, rows: 24 })

/** A console that keeps what was written to standard error, and the text it leaves on a screen. */
const recorder = () => {
  const written: Array<string> = []
  const fake: Console.Console = Object.assign(Object.create(console), { error: (text: string) => written.push(text) })
  return {
    console: fake,
    written,
    text: () => written.map((text) => stripVTControlCharacters(text).replaceAll("\r", ""))
  }
}

const frame = (timeline: Parameters<typeof Progress.frame>[0], now: number, more: Partial<Progress.Frame> = {}) =>
  Progress.frame(timeline, now, { columns: 80, rows: 24, spin: 0, style: Style.plain, ...more })

describe("Progress", () => {
  it.effect("draws what is running, what waits and what ended, and at last what came of it", () =>
    Effect.gen(function*() {
      const { console, text, written } = recorder()
      const running = Effect.gen(function*() {
        const show = yield* Progress.live({ size, style: Style.plain })
        return yield* Pipeline.observe(sum().run(1), show)
      }).pipe(Effect.scoped, Effect.provideService(Console.Console, console))
      const fiber = yield* Effect.forkChild(running)
      yield* TestClock.adjust("240 millis")
      assert.deepStrictEqual(text().at(-1), "⠸ slow    240 ms\n✓ flaky   200 ms  2 attempts\n· sum")
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(text().at(-1), "✓ slow     1.0 s\n✓ flaky   200 ms  2 attempts\n✓ sum     0.0 ms")
      assert.isTrue(written[0]!.startsWith("\x1b[?25l"))
      assert.isTrue(written.at(-1)!.endsWith("\x1b[?25h"))
      // each frame begins where the one before began
      for (const frame of written.slice(1)) assert.isTrue(frame.startsWith("\x1b[3A\r"))
    }))

  it.effect("shows the cursor again after an interruption, and what was interrupted", () =>
    Effect.gen(function*() {
      const { console, text, written } = recorder()
      const running = Effect.gen(function*() {
        const show = yield* Progress.live({ size, style: Style.plain })
        return yield* Pipeline.observe(sum().run(1), show)
      }).pipe(Effect.scoped, Effect.provideService(Console.Console, console))
      const fiber = yield* Effect.forkChild(running)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        text().at(-1),
        "■ slow    500 ms  interrupted\n✓ flaky   200 ms  2 attempts\n· sum"
      )
      assert.isTrue(written.at(-1)!.endsWith("\x1b[?25h"))
    }))

  it.effect("draws nothing, and leaves the cursor alone, where nothing ran", () =>
    Effect.gen(function*() {
      const { console, written } = recorder()
      const scope = yield* Scope.make()
      yield* Progress.live({ size, style: Style.plain }).pipe(
        Scope.provide(scope),
        Effect.provideService(Console.Console, console)
      )
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(written, [])
    }))

  it.effect("is one line a happening where nothing can be redrawn", () =>
    Effect.gen(function*() {
      const lines: Array<string | undefined> = []
      const listen = (event: PipelineEvent) => lines.push(Progress.line(event))
      const fiber = yield* Effect.forkChild(Pipeline.observe(sum().run(1), listen))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(lines, [
        "  0.0 ms  Sum 1.0.0 started",
        "  0.0 ms  · slow started",
        "  0.0 ms  · flaky started",
        "  100 ms  ↻ flaky attempt 2, after Stuck: busy",
        "  200 ms  ✓ flaky finished",
        "   1.0 s  ✓ slow finished",
        "   1.0 s  · sum started",
        "   1.0 s  ✓ sum finished",
        "   1.0 s  completed"
      ])
    }))

  it("tells why an attempt failed in one line", () => {
    const error = { _tag: "Stuck", message: "busy\nvery \x1b[2J" }
    assert.strictEqual(
      Progress.line({ _tag: "StepRetried", path: ["site", "fuel"], attempt: 2, error, at: 1500 }),
      "   1.5 s  ↻ site / fuel attempt 2, after Stuck: busy"
    )
    assert.strictEqual(
      Progress.line({ _tag: "StepFinished", path: ["fuel"], attempts: 1, recoveredFrom: error, at: 1500 }),
      "   1.5 s  ✓ fuel finished, in spite of Stuck: busy"
    )
    const keptAt = DateTime.makeUnsafe("2025-01-31T12:00:00Z")
    assert.deepStrictEqual(
      ([
        { _tag: "StepCached", path: ["grid"], keptAt, at: 2 },
        { _tag: "StepWaiting", path: ["ask"], what: "vendor", at: 3 },
        { _tag: "ApprovalAsked", path: ["pay"], text: "Pay 30?\nReally?", at: 4 },
        { _tag: "ApprovalDecided", path: ["pay"], approved: false, by: "Ada", comment: "too much", at: 5 },
        { _tag: "StepToken", path: ["ask"], text: "no line of its own", at: 6 }
      ] satisfies ReadonlyArray<PipelineEvent>).map(Progress.line),
      [
        "  2.0 ms  = grid cached, as of 2025-01-31T12:00:00.000Z",
        "  3.0 ms  · ask waits for vendor",
        "  4.0 ms  ? pay asks: Pay 30?",
        "  5.0 ms  ! pay refused by Ada: too much",
        undefined
      ]
    )
  })

  it("fits any terminal", () => {
    const steps = Array.from({ length: 100 }, (_, at): PipelineReport.StepReport =>
      at < 50
        ? { path: [`step number ${at}`], after: [], state: "finished", attempts: 1, startedAt: 0, duration: 1 }
        : at < 53
        ? { path: [`step number ${at}`], after: [], state: "running", attempts: 2, startedAt: 0 }
        : { path: [`step number ${at}`], after: [], state: "pending", attempts: 0 })
    const timeline = { steps }
    for (const [columns, rows] of [[80, 24], [40, 10], [200, 60]] as const) {
      const lines = frame(timeline, 10, { columns, rows })
      assert.isAtMost(lines.length, rows - 1)
      assert.isAtMost(Math.max(...lines.map(CliOutput.displayWidth)), columns)
      assert.strictEqual(lines.filter((line) => line.startsWith("⠋")).length, 3)
    }
    assert.deepStrictEqual(frame(timeline, 10).slice(0, 1), ["✓ 50 steps ended"])
    assert.strictEqual(frame(timeline, 10, { rows: Infinity }).length, 100)
  })
})
