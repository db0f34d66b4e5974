/**
 * Sees what the steps of a run answer, and what they cite: more than the events tell, which are sent and kept.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Run from "../agent/Run.ts"
import * as StepScope from "./StepScope.ts"

/** What became of a step. `path` is as in the events of the run. */
export type Witness = (
  path: ReadonlyArray<string>,
  ended: { readonly answer: Exit.Exit<unknown, unknown>; readonly citations: ReadonlyArray<Run.Citation> }
) => void

class WitnessedScope extends StepScope.StepScope {
  private readonly witness: Witness
  private readonly names: ReadonlyArray<string>

  constructor(ears: ReadonlyArray<StepScope.Ear>, names: ReadonlyArray<string>, witness: Witness) {
    super(ears)
    this.names = names
    this.witness = witness
  }

  override step(name: string): StepScope.StepScope {
    return new WitnessedScope(super.step(name).ears, [...this.names, name], this.witness)
  }

  override ended(exit: Exit.Exit<unknown, unknown>): void {
    super.ended(exit)
    this.witness(this.names, { answer: exit, citations: this.run?.cited ?? [] })
  }
}

/** Shows `witness` each step of the pipeline that `self` runs, when it has ended. */
export const observe = <A, E, R>(self: Effect.Effect<A, E, R>, witness: Witness): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    StepScope.Current,
    (scope) => Effect.provideService(self, StepScope.Current, new WitnessedScope(scope?.ears ?? [], [], witness))
  )
