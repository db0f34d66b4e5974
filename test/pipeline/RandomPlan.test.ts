import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { type PipelineEvent, PipelineReport } from "greenlang"
import { deepStrictEqual } from "node:assert/strict"
import { plain, reasonsOf } from "../support/DrawnPlan.ts"
import * as Interpreter from "../support/Interpreter.ts"
import { run } from "../support/PlanRun.ts"
import { Draft, resolve } from "../support/RandomPlan.ts"
import { rounds } from "../support/Rounds.ts"

/** The steps of a plan over time, each once: what ran twice, as it ran last. */
const written = (spans: ReadonlyArray<Interpreter.Span>) => {
  const steps: { [path: string]: object } = {}
  for (const { ended, path, retries, started, state } of spans) {
    if (state === "pending") {
      for (const known of Object.keys(steps)) if (known.startsWith(`${path}.`)) delete steps[known]
      steps[path] = { state, attempts: 0 }
    } else {
      steps[path] = { state, attempts: 1 + retries.length, startedAt: started, duration: ended - started }
    }
  }
  return steps
}

const reported = ({ steps }: PipelineReport.Timeline) =>
  Object.fromEntries(steps.map(({ attempts, duration, path, startedAt, state }) => [path.join("."), {
    state,
    attempts,
    ...(startedAt === undefined ? {} : { startedAt: Math.round(startedAt) }),
    ...(duration === undefined ? {} : { duration: Math.round(duration) })
  }]))

const ends = new Set(["StepFinished", "StepFailed", "StepSkipped", "StepInterrupted"])

/** How many steps of the outermost pipeline ran at the same time. */
const peakOf = (events: ReadonlyArray<PipelineEvent>) => {
  let [running, peak] = [0, 0]
  for (const event of events) {
    if (!("path" in event) || event.path.length !== 1) continue
    if (event._tag === "StepStarted") peak = Math.max(peak, ++running)
    else if (ends.has(event._tag)) running--
  }
  assert.strictEqual(running, 0)
  return peak
}

describe("a random plan", () => {
  const seen = { answers: 0, failures: 0, bugs: 0, skipped: 0, interrupted: 0, retried: 0, nested: 0 }

  it.effect.prop(
    "runs as a naive interpreter says: its answer, its errors, and when each step did what [B182]",
    [Draft, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 }))],
    Effect.fnUntraced(function*([draft, permille]) {
      const plan = resolve(draft)
      const expected = Interpreter.interpret(plan, 1, 0)
      const { events, exit, pipeline } = yield* run(plan)
      deepStrictEqual(
        pipeline.steps.map(({ name }) => name),
        Interpreter.runningOrder(plan).map((at) => plan.nodes[at]!.name)
      )
      if (Exit.isSuccess(exit)) {
        const { metadata: _, value, ...timeline } = exit.value
        deepStrictEqual({ answer: plain(value) }, expected.exit)
        deepStrictEqual(PipelineReport.fold(events), timeline)
      } else {
        deepStrictEqual({ reasons: reasonsOf(exit.cause) }, expected.exit)
      }
      deepStrictEqual(reported(PipelineReport.fold(events)), written(expected.spans))
      assert.isAtMost(peakOf(events), plan.concurrency)
      count(expected)

      const moment = Math.floor(expected.at * permille / 1_000)
      if (moment === 0) return
      const stopped = yield* run(plan, moment)
      assert.isTrue(Exit.isFailure(stopped.exit) && Exit.hasInterrupts(stopped.exit))
      deepStrictEqual(
        reported(PipelineReport.fold(stopped.events)),
        written(Interpreter.interrupted(expected, moment))
      )
    }),
    { arbitrary: { runs: rounds(1_000), size: 24, seed: "plans" } }
  )

  const count = ({ exit, spans }: Interpreter.Ending) => {
    seen["answer" in exit ? "answers" : exit.reasons.some(({ dies }) => dies) ? "bugs" : "failures"]++
    for (const { path, retries, state } of spans) {
      if (state === "skipped" || state === "interrupted") seen[state]++
      seen.retried += retries.length
      if (path.includes(".")) seen.nested++
    }
  }

  it("comes to everything that can happen, often enough", () => {
    for (const [what, times] of Object.entries(seen)) assert.isAtLeast(times, Math.floor(rounds(1_000) * 0.08), what)
  })
})
