/**
 * Which failures of a tool end the run that calls it, in place of going back to the model.
 */

/** The key under which a tool keeps them. */
export const FailsRunId: unique symbol = Symbol.for("greenlang/agent/Tool/FailsRun")

/** A tool some of whose failures, `E`, end the run that calls it. @category models */
export interface FailsRun<out E> {
  readonly [FailsRunId]: { readonly ends: (error: unknown) => boolean; readonly error?: E }
}

/** A tool of which `F`, where that is not `never`, ends the run. @category utility types */
export interface MayFailRun<out F> {
  readonly [FailsRunId]?: { readonly error?: F }
}

/** What a combinator keeps of `MayFailRun`. @category utility types */
export type KeepsFailRun<F> = [F] extends [never] ? unknown : FailsRun<F>

/** How a call of a tool can end the run. @category utility types */
export type RunFailure<T> = T extends FailsRun<infer E> ? E : never
