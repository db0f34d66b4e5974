/**
 * Steps that run only where a condition holds, or where what they wait for is there.
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as WrongReturn from "./internal/WrongReturn.ts"

/**
 * Runs the step only if `holds` of what `condition` answered (without `holds`: if it answered `true`), and is `None`
 * otherwise. It waits for `condition` as well.
 *
 * @category control flow
 */
export const when: {
  <E1, R1, Before1, L1 extends string>(
    condition: StepBox.Step<boolean, E1, R1, Before1, L1>
  ): <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>
  ) => StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
  <C, E1, R1, Before1, L1 extends string>(
    condition: StepBox.Step<C, E1, R1, Before1, L1>,
    holds: (answer: C) => boolean
  ): <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>
  ) => StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
  <A, E, R, Before, E1, R1, Before1, L extends string, L1 extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    condition: StepBox.Step<boolean, E1, R1, Before1, L1>
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
  <A, E, R, Before, C, E1, R1, Before1, L extends string, L1 extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    condition: StepBox.Step<C, E1, R1, Before1, L1>,
    holds: (answer: C) => boolean
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1>
} = dual(
  // What is wrong in the place of `holds` is named where the step is there.
  (given) => given.length > 2 || StepBox.isStep(given[1]),
  <A, E, R, Before, C, E1, R1, Before1, L extends string, L1 extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    condition: StepBox.Step<C, E1, R1, Before1, L1>,
    holds: (answer: C) => boolean = (answer) => answer === true
  ): StepBox.Step<Option.Option<A>, E, R | R1, Before | Before1 | E1, L | L1> => {
    const layered = StepBox.layered(self, "when")
    StepBox.checkInput(self.name, "its condition is", condition)
    StepBox.checkFunction(self.name, "condition", holds)
    return {
      ...layered,
      after: [condition, ...self.after],
      output: self.output && Schema.Option(self.output),
      given: self.given && ((inputs) => self.given?.(inputs.slice(1))),
      run: ([answer, ...inputs]) =>
        WrongReturn.holds(holds(answer as C), "condition")
          ? Effect.asSome(StepBox.effectOf(self.run(inputs))) :
          StepBox.skip(Option.none())
    }
  }
)

/**
 * A step that runs where all steps that it waits for have an answer. `run` receives what is inside of those that answer with
 * an `Option`, and the others as they are. Where one of them is `None`, the step is skipped, and answers with `None` itself.
 * So all that waits for a `Step.optional` can be skipped with it. A step that should run all the same waits with `Step.make`,
 * and receives the `None`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "greenlang"
 *
 * const meter = Step.make("meter", [], () => Effect.fail("broken")).pipe(Step.optional)
 * const price = Step.make("price", [], () => Effect.succeed(0.3))
 * const bill = Step.ifPresent("bill", [meter, price], (kWh, price) => Effect.succeed(kWh * price))
 * bill.policies // => ["if present"]
 * ```
 *
 * @category control flow
 */
export const ifPresent = <
  const Name extends string,
  const After extends ReadonlyArray<StepBox.Any>,
  A,
  E extends F["Type"] = never,
  R = never,
  F extends Agent.AnySchema = Agent.AnySchema,
  O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined = undefined
>(
  name: Name,
  after: After,
  run: (...values: StepBox.Present<After>) => Effect.Effect<A, E, R>,
  given?: { readonly output?: O; readonly error?: F }
): StepBox.Step<
  Option.Option<A>,
  E | StepBox.Unmatched<O>,
  R | StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>,
  StepBox.WithoutSchema<O, Name> | StepBox.UnrecordedBy<After[number]>
> => {
  StepBox.checkFunction(name, "work", run)
  const schemas = StepBox.options(name, given ?? {})
  const check = StepBox.checked<A, O>(name, schemas.output as O)
  return StepBox.make({
    name,
    after: StepBox.before(after),
    policies: ["if present"],
    output: schemas.output && Schema.Option(schemas.output),
    error: StepBox.errorWith(name, schemas.error, schemas.output),
    run: (answers): Effect.Effect<Option.Option<A>, E | StepBox.Unmatched<O>, R> => {
      const values = answers.map((answer: unknown) => Option.isOption(answer) ? answer : Option.some(answer))
      return values.every(Option.isSome)
        ? Effect.asSome(check(StepBox.effectOf(run(...values.map(({ value }) => value) as StepBox.Present<After>))))
        : StepBox.skip(Option.none())
    }
  })
}
