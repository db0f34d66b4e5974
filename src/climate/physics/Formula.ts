/**
 * A formula that carries its expression, source and range of validity, and cites itself when it is used.
 *
 * Every number that an agent computes comes from one of these. The page `docs/climate-agents.md` lists them.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Run from "../../agent/Run.ts"
import { CalculationError } from "../ClimateError.ts"

/** Named numbers. @category models */
export type Inputs = Readonly<Record<string, number>>

/**
 * What a formula says about itself. `valid` is the range in words; `check` answers what is wrong with inputs outside of
 * it, and `undefined` inside.
 *
 * @category models
 */
export interface Definition<In extends Inputs> {
  /** As `carnot_cop`: the step of its citations. */
  readonly id: string
  readonly expression: string
  /** Unit of the result. */
  readonly unit: string
  /** Who published it, or that it is a convention of this library. */
  readonly source: string
  readonly valid: string
  readonly check?: (inputs: In) => string | undefined
  readonly compute: (inputs: In) => number
}

/**
 * Evaluates the formula and cites it. Fails with `CalculationError` outside of its range, or where the result is not a
 * finite number.
 *
 * @category models
 */
export interface Formula<in out In extends Inputs> extends Definition<In> {
  (inputs: In): Effect.Effect<number, CalculationError>
}

/** A formula of any inputs. @category models */
export type Any = Omit<Definition<never>, "compute" | "check">

/**
 * ```ts
 * import { Effect } from "effect"
 * import * as Formula from "greenlang/climate/physics/Formula"
 *
 * const half = Formula.make({
 *   id: "half",
 *   expression: "x / 2",
 *   unit: "ratio",
 *   source: "arithmetic",
 *   valid: "x >= 0",
 *   check: ({ x }: { readonly x: number }) => x >= 0 ? undefined : "x must be 0 or more",
 *   compute: ({ x }) => x / 2
 * })
 * await Effect.runPromise(half({ x: 3 })) // => 1.5
 * ```
 *
 * @category constructors
 */
export const make = <In extends Inputs>(definition: Definition<In>): Formula<In> =>
  Object.assign((inputs: In) => evaluate(definition, inputs), definition)

const evaluate = Effect.fnUntraced(function*<In extends Inputs>(definition: Definition<In>, inputs: In) {
  const { compute, expression, id, unit } = definition
  const reason = definition.check?.(inputs)
  if (reason !== undefined) return yield* new CalculationError({ calculation: id, reason, inputs: finite(inputs) })
  const output = compute(inputs)
  if (!Number.isFinite(output)) {
    const reason = "the result is too large for a number"
    return yield* new CalculationError({ calculation: id, reason, inputs: finite(inputs) })
  }
  yield* Run.cite({ kind: "calculation", step: id, formula: expression, inputs, output, unit })
  return output
})

const finite = (inputs: Inputs) =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => Number.isFinite(value)))

/**
 * A formula whose numbers come from elsewhere, such as a worker thread or a whole table. Cites them.
 *
 * @category models
 */
export interface Recorded extends Any {
  (inputs: Readonly<Record<string, number | string>>, outputs: number | ReadonlyArray<number>): Effect.Effect<void>
}

/**
 * A series is one citation: its `output` is the last number, its `outputs` are all of them. An empty series has none, and
 * a number that is not finite is for the answer to refuse.
 *
 * @category constructors
 */
export const recorded = (definition: Any): Recorded => {
  const { expression, id, unit } = definition
  return Object.assign((inputs: Readonly<Record<string, number | string>>, outputs: number | ReadonlyArray<number>) => {
    const all = typeof outputs === "number" ? [outputs] : outputs
    const output = all.at(-1)
    if (output === undefined || !all.every(Number.isFinite)) return Effect.void
    const series = typeof outputs === "number" ? {} : { outputs: all }
    return Run.cite({ kind: "calculation", step: id, formula: expression, inputs, output, ...series, unit })
  }, definition)
}

/** Whether a value is a formula, among the exports of a module. @category guards */
export const isFormula = (value: unknown): value is Any =>
  Predicate.isFunction(value) && Predicate.hasProperty(value, "expression") && Predicate.hasProperty(value, "valid")
