/**
 * Runs an agent, or any function to an effect, over a table of worked cases, and reports each field that differs.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent } from "greenlang"
 * import { Cases } from "greenlang/testing"
 *
 * const Circle = Agent.make("Circle", {
 *   version: "1",
 *   input: Schema.Finite,
 *   output: Schema.Struct({ area: Schema.Finite, unit: Schema.String }),
 *   execute: (radius) => Effect.succeed({ area: Math.PI * radius ** 2, unit: "m2" })
 * })
 *
 * const report = await Effect.runPromise(Cases.run(Circle, [
 *   { id: "small", input: 1, expected: { area: 3.14 }, tolerance: { rel: 0.001 } },
 *   { id: "large", input: 10, expected: { area: 300, unit: "m2" }, tolerance: { abs: 10 } },
 *   { id: "text", input: NaN, fails: "InvalidInput" }
 * ]))
 * report.failed // => 1
 * Cases.render(report).split("\n")[1] // => "  large: area: expected 300, got 314.1592653589793"
 * ```
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as Difference from "./Difference.ts"

/**
 * What is expected of an answer: any of its fields, at any depth.
 *
 * @category utility types
 */
export type Expected<T> = T extends number ? number
  : T extends string ? string
  : T extends boolean ? boolean
  : T extends ReadonlyArray<infer Item> ? ReadonlyArray<Expected<Item>>
  : T extends object ? { readonly [K in keyof T]?: Expected<T[K]> | undefined }
  : T

/**
 * One row: what goes in, and what comes out of it, or the tag of the error that it fails with.
 *
 * @category models
 */
export type Case<In, Out> =
  & { readonly id: string; readonly input: In }
  & (
    | {
      readonly expected: Expected<Out>
      readonly tolerance?: Difference.Tolerance | undefined
      readonly fails?: never
    }
    | { readonly fails: string }
  )

/** What came of one case. It passed if there is no difference. @category models */
export interface Result {
  readonly id: string
  readonly differences: ReadonlyArray<Difference.Difference>
}

/** What came of all cases, in their order. @category models */
export interface Report {
  readonly results: ReadonlyArray<Result>
  readonly passed: number
  readonly failed: number
}

/** Not every case passed. The message is the report. @category errors */
export class CasesFailed extends Schema.TaggedError<CasesFailed>()("CasesFailed", {
  report: Schema.Struct({
    results: Schema.Array(Schema.Struct({
      id: Schema.String,
      differences: Schema.Array(
        Schema.Struct({ path: Schema.String, expected: Schema.Unknown, actual: Schema.Unknown })
      )
    })),
    passed: Schema.Int,
    failed: Schema.Int
  })
}) {
  override get message() {
    return render(this.report)
  }
}

/** What cases are run on. @category models */
export type Target<In, Out, E, R> = Agent.Agent<In, Out, E, R> | ((input: In) => Effect.Effect<Out, E, R>)

/**
 * Runs the cases, `concurrency` at a time (default: 4). Whatever a case ends with is in the report, a defect
 * too: one that fails leaves the others.
 *
 * @category running
 */
export const run = <In, Out, E, R>(
  target: Target<In, Out, E, R>,
  cases: ReadonlyArray<Case<NoInfer<In>, NoInfer<Out>>>,
  options: { readonly concurrency?: number | "unbounded" } = {}
): Effect.Effect<Report, never, R> => {
  const answer: (input: In) => Effect.Effect<Out, unknown, R> = Agent.isAgent(target)
    ? (input) => Agent.call(target, input)
    : target
  return Effect.forEach(
    cases,
    (row) =>
      Effect.map(Effect.exit(answer(row.input)), (exit): Result => ({ id: row.id, differences: judge(row, exit) })),
    { concurrency: options.concurrency ?? 4 }
  ).pipe(Effect.map((results) => {
    const failed = results.filter(({ differences }) => differences.length > 0).length
    return { results, passed: results.length - failed, failed }
  }))
}

/**
 * Runs the cases, and fails with `CasesFailed` unless all of them pass.
 *
 * @category running
 */
export const verify = Effect.fnUntraced(function*<In, Out, E, R>(
  target: Target<In, Out, E, R>,
  cases: ReadonlyArray<Case<NoInfer<In>, NoInfer<Out>>>,
  options?: { readonly concurrency?: number | "unbounded" }
): Effect.fn.Return<Report, CasesFailed, R> {
  const report = yield* run(target, cases, options)
  return report.failed === 0 ? report : yield* new CasesFailed({ report })
})

/**
 * A line for each field that differs, under a line that counts.
 *
 * @category rendering
 */
export const render = ({ failed, passed, results }: Report): string =>
  [
    `${passed} of ${passed + failed} cases passed`,
    ...results.flatMap(({ differences, id }) =>
      differences.map((difference) => `  ${id}: ${Difference.render(difference)}`)
    )
  ].join("\n")

const judge = (
  row: Case<unknown, unknown>,
  exit: Exit.Exit<unknown, unknown>
): ReadonlyArray<Difference.Difference> => {
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  if (row.fails !== undefined) {
    // A defect is not what it fails with, whatever its tag.
    const failure = Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isFailReason)?.error : undefined
    const actual = Predicate.hasProperty(failure, "_tag") ? failure._tag : failure
    return actual === row.fails ? [] : [{
      path: "",
      expected: row.fails,
      actual: Exit.isSuccess(exit) ? exit.value : error
    }]
  }
  return Exit.isSuccess(exit)
    ? Difference.between(row.expected, exit.value, { partial: true, tolerance: row.tolerance })
    : [{ path: "", expected: row.expected, actual: error }]
}
