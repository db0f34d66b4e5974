import { assert, describe, it } from "@effect/vitest"
import { Console, DateTime, Effect, Exit, Fiber, Schedule, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Pipeline, type PipelineEvent, Run, Step } from "greenlang"
import * as Progress from "greenlang/cli/Progress"
import * as Screen from "greenlang/cli/Screen"
import * as Style from "greenlang/cli/Style"
import * as RunRecorder from "greenlang/orchestrator/RunRecorder"
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

/** Runs `pipeline`, whose progress goes to `console`. */
const watched = <A, E, R>(pipeline: Pipeline.Pipeline<number, A, E, R>, console: Console.Console) =>
  Effect.gen(function*() {
    const terminal = yield* Progress.live({ size, style: Style.plain })
    return yield* RunRecorder.make({ agent: pipeline, sinks: [terminal] }, () => pipeline.run(1))
  }).pipe(Screen.guard, Effect.scoped, Effect.provideService(Console.Console, console), Effect.forkChild)

describe("Progress", () => {
  it.effect("draws the running, waiting and ended steps, and at last their outcomes", () =>
    Effect.gen(function*() {
      const { console, text, written } = recorder()
      const fiber = yield* watched(sum(), console)
      yield* TestClock.adjust("240 millis")
      assert.deepStrictEqual(text().at(-1), "⠹ slow    200 ms\n✓ flaky   200 ms  2 attempts\n· sum")
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(text().at(-1), "✓ slow     1.0 s\n✓ flaky   200 ms  2 attempts\n✓ sum     0.0 ms")
      assert.isTrue(written[0]!.startsWith("\x1b[?25l"))
      assert.isTrue(written.at(-1)!.endsWith("\x1b[?25h"))
      // each frame begins where the one before began
      for (const frame of written.slice(1)) assert.isTrue(frame.startsWith("\x1b[3F"))
    }))

  it.effect("shows the cursor again after an interruption, and the interrupted steps", () =>
    Effect.gen(function*() {
      const { console, text, written } = recorder()
      const fiber = yield* watched(sum(), console)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        text().at(-1),
        "■ slow    500 ms  interrupted\n✓ flaky   200 ms  2 attempts\n· sum"
      )
      assert.isTrue(written.at(-1)!.endsWith("\x1b[?25h"))
    }))

  it.effect("draws nothing, and leaves the cursor alone, when nothing ran", () =>
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

  it.effect("is one line for each event where nothing can be redrawn", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const listen = (event: PipelineEvent) =>
        lines.push(...[Progress.line(event)].filter((line) => line !== undefined))
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

  it("prints the failure of an attempt on one line", () => {
    const place = (at: number) => ({ run: "run", seq: 0, at })
    const error = { _tag: "Stuck", message: "busy\nvery \x1b[2J" }
    assert.strictEqual(
      Progress.line({ _tag: "StepRetried", path: ["site", "fuel"], attempt: 2, error, ...place(1500) }),
      "   1.5 s  ↻ site / fuel attempt 2, after Stuck: busy"
    )
    assert.strictEqual(
      Progress.line({ _tag: "StepFinished", path: ["fuel"], attempts: 1, recoveredFrom: error, ...place(1500) }),
      "   1.5 s  ✓ fuel finished, after recovering from Stuck: busy"
    )
    const keptAt = DateTime.makeUnsafe("2025-01-31T12:00:00Z")
    assert.deepStrictEqual(
      ([
        { _tag: "StepCached", path: ["grid"], keptAt, ...place(2) },
        { _tag: "StepWaiting", path: ["ask"], what: "vendor", ...place(3) },
        { _tag: "ApprovalAsked", path: ["pay"], text: "Pay 30?\nReally?", ...place(4) },
        { _tag: "ApprovalDecided", path: ["pay"], approved: false, by: "Ada", comment: "too much", ...place(5) },
        { _tag: "TextDelta", path: ["ask"], text: "no line of its own", ...place(6) }
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

  it.effect("stays within the terminal with 2,000 steps, redraws ten times a second, and ends clean", () =>
    Effect.gen(function*() {
      const many = Pipeline.make("Many", {
        version: "1.0.0",
        input: Schema.Finite,
        output: Schema.Finite,
        concurrency: 40
      }, (n) => {
        const all = Array.from(
          { length: 2_000 },
          (_, at) => Step.make(`step ${at}`, [n], (n) => Effect.delay(Effect.succeed(n), "200 millis"))
        )
        return Step.make("sum", all, () => Effect.succeed(1))
      })
      const { console, text, written } = recorder()
      const fiber = yield* watched(many, console)
      yield* TestClock.adjust("3 seconds")
      assert.match(text().at(-1)!, /^█+░+ {2}600 of 2001 steps\n3\.0 s, about 5 s left at this rate, 40 running\n/)
      assert.isAtMost(written.length, 31)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      for (const frame of text()) assert.isAtMost(frame.split("\n").length, 23)
      assert.match(text().at(-1)!, /^█+ {2}2001 of 2001 steps\n10\.0 s\n✓ step \d+ +200 ms {2}took longest$/)
      assert.isTrue(written.at(-1)!.endsWith("\x1b[?25h"))
      // each frame begins where the one before began, and leaves nothing of it
      const heights = text().map((frame) => frame.split("\n").length)
      written.forEach((frame, at) => {
        assert.isTrue(frame.startsWith(at === 0 ? "\x1b[?25l" : `\x1b[${heights[at - 1]}F`))
        assert.include(frame, "\x1b[J")
      })
    }))

  it.effect("shows the text of a model while it writes", () =>
    Effect.gen(function*() {
      const talks = Pipeline.make("Talks", { version: "1.0.0", input: Schema.Finite, output: Schema.Void }, (n) =>
        Step.make("poem", [n], () =>
          Effect.forEach(["A rose ", "is a rose\n", "is a"], (word) =>
            Effect.delay(Run.emitToken(word), 90), {
            discard: true
          }).pipe(Effect.andThen(Effect.sleep("1 second")))))
      const { console, text } = recorder()
      const fiber = yield* watched(talks, console)
      yield* TestClock.adjust("350 millis")
      // the last word may be the beginning of a secret
      assert.deepStrictEqual(text().at(-1), "⠸ poem   300 ms  A rose is a rose is")
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(text().at(-1), "✓ poem    1.3 s")
    }))
})
