/**
 * Steps whose answers are kept, and used again.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Stated from "../agent/internal/Stated.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Run from "../agent/Run.ts"
import * as Recorded from "../internal/SafeJson.ts"
import * as CachedWork from "./internal/CachedWork.ts"
import * as StepBox from "./internal/StepBox.ts"
import type { StepCache } from "./StepCache.ts"

/**
 * Keeps the answer in the `StepCache`, and answers with it where the same is asked again within `timeToLive`.
 *
 * The same is asked of an agent when its name, its version, the schemas of its input and its answer, and the input are the
 * same; of any other step when its name, that of its pipeline with its version, the schemas, and the answers before it are.
 * A failure is not kept. Where the same is asked while it is being computed, in this run or another that shares the
 * cache, the answer is waited for; if that work fails or is interrupted, the next of those who wait does it.
 *
 * An answer that was kept says so: its step ends with `StepCached` and has no usage, the annotation `cached` of the run,
 * and of the runs around it, names the step and the time at which it was kept, and what the step had cited and annotated is
 * cited and annotated again. A cache that cannot be read or written is logged, and the step runs.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step, StepCache } from "greenlang"
 *
 * let asked = 0
 * const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) =>
 *   Step.make("twice", [n], (n) => Effect.sync(() => (asked++, n * 2)), { output: Schema.Finite }).pipe(
 *     Step.cached({ timeToLive: "1 hour" })
 *   ))
 *
 * const program = Effect.andThen(Twice.run(4), Twice.report(4)).pipe(
 *   Effect.provide(StepCache.layerMemory({ capacity: 100 }))
 * )
 * const { steps, value } = await Effect.runPromise(program)
 * value // => 8
 * asked // => 1
 * steps.map(({ state }) => state) // => ["cached"]
 * ```
 *
 * Throws where the answer, or what the step is given, has no schema, or one that holds secrets: these are not kept. What is
 * to be kept is the answer of the step itself, so `cached` is said before what makes another answer of it (`optional`,
 * `result`, `orElse`, `when`), and not of `ifPresent` and `approval`; and it is said after `inPool`, so that no step holds a
 * place of the pool while waiting for one that waits for a place.
 *
 * @category caching
 */
export const cached: {
  (
    options: { readonly timeToLive: Duration.Input }
  ): <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>
  ) => StepBox.Step<A, E, R | StepCache, Before, L>
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    options: { readonly timeToLive: Duration.Input }
  ): StepBox.Step<A, E, R | StepCache, Before, L>
} = dual(
  2,
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    options: { readonly timeToLive: Duration.Input }
  ): StepBox.Step<A, E, R | StepCache, Before, L> => {
    StepBox.checkSelf("cached", self)
    const { agent, given, name, output } = self
    const timeToLive = StepBox.duration(
      name,
      Stated.readable(`step \`${name}\``, "options of `cached`", () => options?.timeToLive)
    )
    const refuse = (why: string) =>
      new InvalidDefinition({ subject: `step \`${name}\``, problem: `its answer cannot be cached: ${why}` })
    const other = self.policies.find((policy) => uncachable.has(policy))
    if (other !== undefined) throw refuse(`it is that of "${other}"`)
    if (CachedWork.isCached(self)) throw refuse("it is already")
    if (output === undefined) throw refuse("it has no schema")
    const before = self.after.map((step) => step.output ?? step.name)
    const unknown = given === undefined ? before.find((schema) => typeof schema === "string") : undefined
    if (unknown !== undefined) throw refuse(`the answer of "${unknown}" before it has no schema`)
    const inputs = before.filter((schema) => typeof schema !== "string")
    const asked = agent !== undefined && given !== undefined
      ? CachedWork.ofAgent(agent, timeToLive)
      : { given: Schema.Tuple(inputs), schemas: [...inputs, output], timeToLive }
    if (asked.schemas.some(Recorded.holdsSecrets)) throw refuse("it, or what the step is given, holds secrets")
    const work = CachedWork.make({ ...asked, output })
    return {
      ...StepBox.layered(self, CachedWork.policy(timeToLive)),
      // What the cache answers may change, so the answer as a whole is what a durable run records.
      frame: false,
      journaled: true,
      run: (inputs) =>
        Effect.flatMap(Run.Current, (run) =>
          work({
            step: name,
            who: CachedWork.who(agent, run, name),
            given: given === undefined ? inputs : given(inputs),
            run: Effect.suspend(() => StepBox.effectOf(self.run(inputs)))
          }))
    }
  }
)

/** These answer with something else than the step itself, or with what a person said. */
const uncachable = new Set(["optional", "result", "or else", "when", "if present", "approval"])
